import { addressOf } from '#domain/message/address.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';
import { lookAtProfiles, ofAll, type Share } from './look-at-profiles.ts';

/** How many are in one segment, in another, in both and in either. */
export interface Overlap {
  one: number;
  other: number;
  both: number;
  either: number;
}

export async function overlapOf(
  { profiles }: Pick<Collections, 'profiles'>,
  key: string,
  otherKey: string,
): Promise<Overlap> {
  const [one, other, both] = await Promise.all([
    profiles.countDocuments({ 'segments.key': key }),
    profiles.countDocuments({ 'segments.key': otherKey }),
    profiles.countDocuments({ $and: [{ 'segments.key': key }, { 'segments.key': otherKey }] }),
  ]);
  return { one, other, both, either: one + other - both };
}

/** How many members a channel can reach. */
interface ChannelReach {
  channel: Channel;
  /** They have an address there. */
  withAddress: number;
  /** They have an address, and consent to the channel by word or by the shop's rule. */
  reachable: number;
}

/** How many of a segment's members each channel can reach, suppressed addresses aside. */
export async function reachOf(
  c: Pick<Collections, 'profiles'>,
  key: string,
  consentWhenUnknown: Readonly<Record<Channel, 'allow' | 'deny'>>,
): Promise<{ channels: ChannelReach[]; share: Share }> {
  const found = CHANNELS.map((channel) => ({ channel, withAddress: 0, reachable: 0 }));
  const share = await lookAtProfiles(c, { 'segments.key': key }, (page) => {
    for (const profile of page) {
      for (const reach of found) {
        if (addressOf(profile, reach.channel) === null) continue;
        reach.withAddress += 1;
        const said = profile.consents[reach.channel]?.granted;
        if (said ?? consentWhenUnknown[reach.channel] === 'allow') reach.reachable += 1;
      }
    }
    return Promise.resolve();
  });
  const channels = found.map(({ channel, withAddress, reachable }) => ({
    channel,
    withAddress: ofAll(withAddress, share),
    reachable: ofAll(reachable, share),
  }));
  return { channels, share };
}
