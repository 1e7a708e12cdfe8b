import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { hasReached, PARTS, UNDER_WAY } from '#domain/campaign/tally.ts';
import type { Ended, SendEnd } from '#domain/sending/send-turn.ts';
import type { LedgerWord } from '#messages/ledger-words.ts';
import { endInLedger } from '../sending/end-in-ledger.ts';
import type { CampaignDeps, CampaignWalk } from './campaign-deps.ts';
import { countEnds } from './settle-recipients.ts';

/** Recipients ended with one write. */
const PAGE = 500;

/**
 * Ends everybody whom a stopped campaign has not come to. What was to be tried again goes out no
 * more; what had gone out before counts as that. False where another worker is to go on.
 */
export async function closeStopped(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  walk: Pick<CampaignWalk, 'isLeaving'>,
): Promise<boolean> {
  const { _id: key } = campaign;
  await noteTaken(deps, campaign);
  for (;;) {
    if (walk.isLeaving()) return false;
    const page = await deps.recipients.open(key, PAGE);
    if (page.length === 0) break;
    await Promise.all(page.map(({ _id: runId }) => deps.withdraw({ runId })));
    const words = await deps.words(page.map(({ _id }) => _id));
    const at = deps.clock();
    const changes = page.map((recipient) => {
      const { _id, variant } = recipient;
      const after = endOf(campaign, words.get(_id) ?? []);
      return { recipient, after, variant, at };
    });
    countEnds(deps, await deps.recipients.settle(key, changes));
  }
  await deps.campaigns.close(key, deps.clock());
  return true;
}

/** Of a cascade that is cut off in the middle, what went out may not have reached anybody yet. */
function endOf(
  { definition: { cascade, until = 'delivered' } }: StoredCampaign,
  words: readonly LedgerWord[],
): Ended<SendEnd | 'stopped'> {
  const end = endInLedger(words) ?? { end: 'stopped', reason: null };
  const isReached = cascade === undefined || words.some(({ status }) => hasReached(status, until));
  return end.end === 'sent' && !isReached ? { ...end, reason: UNDER_WAY } : end;
}

/**
 * Its audience is whoever was taken by then, also where the walk was cut off: they are counted now.
 * From the stop on no page is written.
 */
async function noteTaken(
  { campaigns, recipients, clock }: CampaignDeps,
  { _id: key, taken, pages = null }: StoredCampaign,
): Promise<void> {
  for (const part of PARTS) {
    if (taken[part] !== null) continue;
    const size = await recipients.size(key, part);
    if (size > 0) await campaigns.noteTaken(key, part, { at: clock(), size, pages });
  }
}
