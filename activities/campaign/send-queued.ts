import type { QueuedSend } from '#workflows/contract.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { giveTurn } from './give-turn.ts';
import { createSettle } from './settle-recipients.ts';

/**
 * Gives one recipient their turn over the queue of the provider `via`. Who has had it by now, and
 * whose campaign was paused or stopped, is left as they are.
 */
export async function sendQueued(
  deps: CampaignDeps,
  { campaign: key, recipient: id }: Omit<QueuedSend, 'queue'>,
  via: string,
): Promise<void> {
  const [campaign, recipient] = await Promise.all([
    deps.campaigns.find(key),
    deps.recipients.find(id),
  ]);
  const dueAt = recipient?.dueAt;
  if (campaign?.status !== 'sending' || recipient === null || dueAt === undefined) return;
  if (dueAt > deps.clock()) return;
  const done = await giveTurn(deps, campaign, { recipient, via });
  if (!('queue' in done)) await createSettle(deps, key)(done);
}
