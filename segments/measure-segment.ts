import { addressOf } from '#domain/message/address.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
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
  /** They have an address that is not suppressed, and consent by word or by the shop's rule. */
  reachable: number;
}

interface ReachRules {
  consentWhenUnknown: Readonly<Record<Channel, 'allow' | 'deny'>>;
  /** Of these addresses those at which nobody may be reached; messages/suppressed-among.ts. */
  suppressedAmong: (channel: Channel, addresses: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** How many of a segment's members each channel can reach now. */
export async function reachOf(
  c: Pick<Collections, 'profiles'>,
  key: string,
  rules: ReachRules,
): Promise<{ channels: ChannelReach[]; share: Share }> {
  const found = CHANNELS.map((channel) => ({ channel, withAddress: 0, reachable: 0 }));
  const share = await lookAtProfiles(c, { 'segments.key': key }, async (page) => {
    const members = page.filter(({ segments = [] }) => segments.some((one) => one.key === key));
    await Promise.all(found.map((reach) => addReach(reach, members, rules)));
  });
  const channels = found.map(({ channel, withAddress, reachable }) => ({
    channel,
    withAddress: ofAll(withAddress, share),
    reachable: ofAll(reachable, share),
  }));
  return { channels, share };
}

async function addReach(
  reach: ChannelReach,
  page: readonly Profile[],
  { consentWhenUnknown, suppressedAmong }: ReachRules,
): Promise<void> {
  const { channel } = reach;
  const members = page.flatMap((profile) => {
    const address = addressOf(profile, channel);
    const said = profile.consents[channel]?.granted;
    const mayBe = said ?? consentWhenUnknown[channel] === 'allow';
    return address === null ? [] : [{ address, mayBe }];
  });
  reach.withAddress += members.length;
  const asked = members.filter(({ mayBe }) => mayBe).map(({ address }) => address);
  const suppressed = await suppressedAmong(channel, asked);
  reach.reachable += asked.filter((address) => !suppressed.has(address)).length;
}
