import { addressOf } from '#domain/message/address.ts';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import { scopeFor } from '#domain/message/suppression.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredSuppression } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { hashAddress } from './is-suppressed.ts';
import { suppressionId } from './suppress-address.ts';

/** Which of the addresses a person has now nobody may be reached at, and why. */
export async function listSuppressions(
  { suppressions }: Pick<Collections, 'suppressions'>,
  profile: Pick<Profile, 'attributes' | 'consents' | 'devices'>,
): Promise<StoredSuppression[]> {
  const ids = CARRIED_CHANNELS.flatMap((channel: CarriedChannel) => {
    const address = addressOf(profile, channel);
    return address === null ? [] : [suppressionId(channel, hashAddress(channel, address))];
  });
  if (ids.length === 0) return [];
  const found = await suppressions.find({ _id: { $in: ids } }).toArray();
  // What their own later grant has lifted for them is nothing to them.
  return found.filter((one) => scopeFor(one, profile.consents[one.channel] ?? null) !== null);
}
