import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { errorCode, errorPlace } from '#platform/logger.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { endInLedger } from './end-in-ledger.ts';
import { sendToRecipient, type TurnOf } from './send-to-recipient.ts';

/**
 * As `sendToRecipient`. A fault of our own would come back with every repeat and hold up everybody:
 * it ends this one recipient, by the ledger's word or as failed, and is told aloud.
 */
export async function giveTurn(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  turnOf: TurnOf,
): ReturnType<typeof sendToRecipient> {
  try {
    return await sendToRecipient(deps, campaign, turnOf);
  } catch (error) {
    if (!isOurFault(error)) throw error;
    const { recipient } = turnOf;
    const { _id: id, variant } = recipient;
    const [fault, place] = [errorCode(error), errorPlace(error)];
    deps.logger.error({ recipient: id, fault, place }, 'recipient given up');
    const words = (await deps.messages.words([id])).get(id) ?? [];
    const after = endInLedger(words) ?? { end: 'failed', reason: 'fault' };
    return { recipient, after, variant, at: deps.clock() };
  }
}
