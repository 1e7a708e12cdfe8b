import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import type { RecipientChange } from '#campaigns/recipient-store.ts';
import { recipientId } from '#domain/campaign/ids.ts';
import { hasBegun, yieldsTo } from '#domain/campaign/merged.ts';
import { stepOf } from '#domain/campaign/recipient.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { endInLedger } from '../sending/end-in-ledger.ts';
import type { CampaignDeps } from './campaign-deps.ts';

/** How somebody ends who is not to be tried at all, or no more; null: they are. */
export async function leftOut(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  recipient: StoredRecipient,
  person: Profile | null,
): Promise<RecipientChange['after'] | null> {
  if (await hasAnswered(deps, recipient)) return { end: 'suppressed', reason: 'opened' };
  if (person === null || !mayCall(recipient, person._id)) return null;
  const { _id, wave } = recipient;
  const others = await deps.messages.ofOthers({
    ...{ campaign: campaign._id, step: stepOf(wave), recipient: _id, profileId: person._id },
    since: campaign.begunAt ?? 0,
  });
  if (others.length === 0 && person._id === recipient.profileId) return null;
  const own = (await deps.words([_id])).get(_id) ?? [];
  const mine = { recipient: _id, statuses: own.map(({ status }) => status) };
  const home = recipientId(campaign._id, person._id, wave);
  const isMerged =
    yieldsTo(mine, others, home) ||
    (!hasBegun(mine) && (await isAnother(deps, recipient, person._id)));
  return isMerged ? (endInLedger(own) ?? { end: 'suppressed', reason: 'merged' }) : null;
}

/**
 * Whether a merge may speak against them in this turn. Who was sent something already, and is the
 * person still, goes on in any case.
 */
function mayCall({ profileId, sending }: StoredRecipient, personId: string): boolean {
  return profileId !== personId || sending?.phase !== 'waiting';
}

/** Of a second message: they have opened the first meanwhile. */
async function hasAnswered(
  deps: CampaignDeps,
  { campaign, profileId, wave, sending }: StoredRecipient,
): Promise<boolean> {
  if (wave !== 'resend' || sending !== undefined) return false;
  return deps.hasAnswered(recipientId(campaign, profileId, 'main'));
}

/**
 * Their profile was merged with that of another recipient, who gets the message; or into one who is
 * none, for whom another one of the merged stands already.
 */
async function isAnother(
  { recipients }: CampaignDeps,
  recipient: StoredRecipient,
  personId: string,
): Promise<boolean> {
  const { profileId, campaign, wave } = recipient;
  if (personId === profileId) return false;
  const other = await recipients.find(recipientId(campaign, personId, wave));
  return other !== null || !(await recipients.standFor(recipient, personId));
}
