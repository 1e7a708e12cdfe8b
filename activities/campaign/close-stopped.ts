import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { endInLedger } from '../sending/end-in-ledger.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { countEnds } from './settle-recipients.ts';

/** Recipients ended with one write. */
const PAGE = 500;

/**
 * Ends everybody whom a stopped campaign has not come to. What was to be tried again goes out no
 * more; what had gone out before counts as that.
 */
export async function closeStopped(deps: CampaignDeps, campaign: StoredCampaign): Promise<void> {
  const { _id: key } = campaign;
  for (;;) {
    const page = await deps.recipients.open(key, PAGE);
    if (page.length === 0) break;
    await Promise.all(page.map(({ _id: runId }) => deps.withdraw({ runId })));
    const words = await deps.words(page.map(({ _id }) => _id));
    const at = deps.clock();
    const changes = page.map((recipient) => {
      const { _id, variant } = recipient;
      const after = endInLedger(words.get(_id) ?? []) ?? { end: 'stopped', reason: null };
      return { recipient, after, variant, at } as const;
    });
    countEnds(deps, await deps.recipients.settle(key, changes));
  }
  await deps.campaigns.close(key, deps.clock());
}
