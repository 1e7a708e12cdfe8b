import { addressOf } from '#domain/message/address.ts';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredSuppression } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { hashAddress } from './is-suppressed.ts';
import { suppressionId } from './suppress-address.ts';

/** Which of the addresses a person has now nobody may be reached at, and why. */
export async function listSuppressions(
  { suppressions }: Pick<Collections, 'suppressions'>,
  profile: Pick<Profile, 'attributes' | 'devices'>,
): Promise<StoredSuppression[]> {
  const ids = CARRIED_CHANNELS.flatMap((channel: CarriedChannel) => {
    const address = addressOf(profile, channel);
    return address === null ? [] : [suppressionId(channel, hashAddress(channel, address))];
  });
  return ids.length === 0 ? [] : suppressions.find({ _id: { $in: ids } }).toArray();
}
