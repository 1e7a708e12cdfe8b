import { addressOf } from '#domain/message/address.ts';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import { scopeFor, type AddressStanding } from '#domain/message/suppression.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';
import {
  COUNT_WITHIN_MS,
  lookAtProfiles,
  ofAll,
  withinTime,
  type Share,
} from './look-at-profiles.ts';

/** How many are in one segment, in another, in both and in either. */
interface Overlap {
  one: number;
  other: number;
  both: number;
  either: number;
}

/**
 * How two segments overlap: counted by queries where these are done within `withinMs`, else
 * reckoned from members of either that are looked at, within the limits of look-at-profiles.ts.
 */
export async function overlapOf(
  c: Pick<Collections, 'profiles'>,
  [key, otherKey]: readonly [string, string],
  withinMs = COUNT_WITHIN_MS,
): Promise<{ overlap: Overlap; share: Share | null }> {
  const within = { maxTimeMS: withinMs };
  const [isOne, isOther] = [{ 'segments.key': key }, { 'segments.key': otherKey }];
  const counted = await withinTime(
    Promise.all(
      [isOne, isOther, { $and: [isOne, isOther] }].map((filter) =>
        c.profiles.countDocuments(filter, within),
      ),
    ),
  );
  if (counted === null) return lookAtOverlap(c, [key, otherKey], withinMs);
  const [one = 0, other = 0, both = 0] = counted;
  return { overlap: { one, other, both, either: one + other - both }, share: null };
}

async function lookAtOverlap(
  c: Pick<Collections, 'profiles'>,
  [key, otherKey]: readonly [string, string],
  withinMs: number,
): Promise<{ overlap: Overlap; share: Share }> {
  const found: Overlap = { one: 0, other: 0, both: 0, either: 0 };
  const inEither = { 'segments.key': { $in: [key, otherKey] } };
  const count = (page: readonly Profile[]): Promise<void> => {
    for (const { segments = [] } of page) {
      const keys = new Set(segments.map((one) => one.key));
      if (keys.has(key)) found.one += 1;
      if (keys.has(otherKey)) found.other += 1;
      if (keys.has(key) && keys.has(otherKey)) found.both += 1;
      if (keys.has(key) || keys.has(otherKey)) found.either += 1;
    }
    return Promise.resolve();
  };
  const share = await lookAtProfiles(c, inEither, count, { countWithinMs: withinMs });
  const { one, other, both, either } = found;
  const overlap = {
    ...{ one: ofAll(one, share), other: ofAll(other, share) },
    ...{ both: ofAll(both, share), either: ofAll(either, share) },
  };
  return { overlap, share };
}

/** How many members a channel can reach. */
interface ChannelReach {
  channel: CarriedChannel;
  /** They have an address there. */
  withAddress: number;
  /** They have an address that is not suppressed, and consent by word or by the shop's rule. */
  reachable: number;
}

interface ReachRules {
  consentWhenUnknown: Readonly<Record<CarriedChannel, 'allow' | 'deny'>>;
  /** Of these addresses those on the suppression list; messages/suppressed-among.ts. */
  suppressedAmong: (
    channel: CarriedChannel,
    addresses: readonly string[],
  ) => Promise<ReadonlyMap<string, AddressStanding>>;
}

/** How many of a segment's members each channel can reach now. */
export async function reachOf(
  c: Pick<Collections, 'profiles'>,
  key: string,
  rules: ReachRules,
): Promise<{ channels: ChannelReach[]; share: Share }> {
  const found = CARRIED_CHANNELS.map((channel) => ({ channel, withAddress: 0, reachable: 0 }));
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
    const consent = profile.consents[channel] ?? null;
    const mayBe = consent?.granted ?? consentWhenUnknown[channel] === 'allow';
    return address === null ? [] : [{ address, consent, mayBe }];
  });
  reach.withAddress += members.length;
  const asked = members.filter(({ mayBe }) => mayBe);
  const suppressed = await suppressedAmong(
    channel,
    asked.map(({ address }) => address),
  );
  reach.reachable += asked.filter(
    ({ address, consent }) => scopeFor(suppressed.get(address) ?? null, consent) === null,
  ).length;
}
