import type { RecipientChange } from '#campaigns/recipient-store.ts';
import { ENDS } from '#domain/campaign/recipient.ts';
import { gather } from '#platform/gather.ts';
import type { CampaignDeps } from './campaign-deps.ts';

/** Tells the figures how recipients ended. */
export function countEnds(
  { onEnded }: Pick<CampaignDeps, 'onEnded'>,
  changes: readonly RecipientChange[],
): void {
  for (const end of ENDS) {
    const count = changes.filter(({ after }) => 'end' in after && after.end === end).length;
    if (count > 0) onEnded?.(end, count);
  }
}

/**
 * Writes turns of recipients; those of a moment are one slice. Resolves once it is durable, with
 * whether it counted.
 */
export function createSettle(
  deps: CampaignDeps,
  campaign: string,
): (change: RecipientChange) => Promise<boolean> {
  return gather(async (changes: readonly RecipientChange[]) => {
    const counted = new Set(await deps.recipients.settle(campaign, changes));
    countEnds(deps, [...counted]);
    return changes.map((change) => counted.has(change));
  });
}
