import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { orGiveUp } from '../sending/or-give-up.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { sendToRecipient, type TurnOf } from './send-to-recipient.ts';

/** As `sendToRecipient`. A fault of our own would hold up everybody: it ends this one recipient. */
export async function giveTurn(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  turnOf: TurnOf,
): ReturnType<typeof sendToRecipient> {
  const { recipient } = turnOf;
  const { _id: id, variant } = recipient;
  const done = await orGiveUp(deps, id, () => sendToRecipient(deps, campaign, turnOf));
  if (!('givenUp' in done)) return done;
  return { recipient, after: done.givenUp, variant, at: deps.clock() };
}
