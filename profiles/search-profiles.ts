import { identityId, parseIdentity } from '#domain/profile/identity.ts';
import type { Page, PageRequest } from '#domain/page.ts';
import { shownName } from '#domain/profile/name-words.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';
import { normalizeEmail, normalizePhone } from './normalize-addresses.ts';

type Needs = Pick<Collections, 'identities' | 'profiles'>;

/** Identities shown of one person in a list; all are at /v1/profiles/{identity}/identities. */
export const IDENTITIES_SHOWN = 10;

/** Merges form short chains; more hops than this is a bug, not a customer. */
const MERGE_HOPS_MAX = 16;

/** One person as a list of people shows one. Instants are epoch ms, money in minor units. */
export interface FoundProfile {
  id: string;
  name: string | null;
  /** Customer ids, e-mails and phones, at most IDENTITIES_SHOWN. */
  identities: string[];
  ordersCount: number;
  totalSpent: number;
  lastSeenAt: number | null;
  createdAt: number;
}

/**
 * The ids in `identities` that a text may be, without its kind being said: an e-mail address, a
 * phone number as people write it where `country` (ISO 3166-1 alpha-2) is the shop's, the shop's
 * own id, a browser's or a device's. With its kind said it is that one only.
 */
export function identitiesMeant(text: string, country?: string): string[] {
  const typed = text.trim();
  if (typed === '') return [];
  const said = parseIdentity(typed);
  if (said !== null) {
    const value = said.kind === 'phone' ? normalizePhone(said.value, country) : said.value;
    return value === null ? [] : [identityId(said.kind, value)];
  }
  const bare = typed.startsWith('phone:') ? typed.slice('phone:'.length) : typed;
  const email = normalizeEmail(bare);
  const phone = normalizePhone(bare, country);
  return [
    ...(email === null ? [] : [identityId('email', email)]),
    ...(phone === null ? [] : [identityId('phone', phone)]),
    ...(['external', 'anonymous', 'device'] as const).map((kind) => identityId(kind, typed)),
  ];
}

/**
 * Ids of the profiles that an identity of any kind, or a profile's own id, may mean. Merges are
 * followed; mostly one, and several where the same text is one person's customer id and another's
 * device.
 */
export async function searchIdentity(
  c: Needs,
  text: string,
  country?: string,
): Promise<Page<string>> {
  const meant = identitiesMeant(text, country);
  const owners = await c.identities
    .find({ _id: { $in: meant }, kind: { $ne: 'merged' } })
    .project<{ profileId: string }>({ profileId: 1 })
    .toArray();
  let ids = [...new Set([...owners.map(({ profileId }) => profileId), text.trim()])];
  for (let hop = 0; hop < MERGE_HOPS_MAX; hop += 1) {
    const found = await c.profiles
      .find({ _id: { $in: ids } })
      .project<Pick<Profile, '_id' | 'mergedInto'>>({ mergedInto: 1 })
      .toArray();
    ids = [...new Set(found.map(({ _id, mergedInto }) => mergedInto ?? _id))].sort();
    if (found.every(({ mergedInto }) => mergedInto === null)) break;
  }
  return { rows: ids, next: null };
}

/** Ids of a segment's members, the newest customers first. */
export async function searchSegment(
  { profiles }: Pick<Collections, 'profiles'>,
  key: string,
  { limit, after }: PageRequest,
): Promise<Page<string>> {
  const found = await profiles
    .find({ 'segments.key': key, ...(after === null ? {} : { _id: { $lt: after.id } }) })
    .sort({ _id: -1 })
    .limit(limit + 1)
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  const rows = found.slice(0, limit).map(({ _id }) => _id);
  return { rows, next: found.length > limit ? { at: 0, id: rows.at(-1) ?? '' } : null };
}

/** People as a list shows them, in the order of their ids as given; who is gone is left out. */
export async function readFound(c: Needs, ids: readonly string[]): Promise<FoundProfile[]> {
  const wanted = [...ids];
  const [profiles, identities] = await Promise.all([
    c.profiles
      .find({ _id: { $in: wanted } })
      .project<Pick<Profile, '_id' | 'attributes' | 'traits' | 'createdAt'>>({
        attributes: 1,
        traits: 1,
        createdAt: 1,
      })
      .toArray(),
    readIdentities(c, wanted),
  ]);
  const byId = new Map(profiles.map((profile) => [profile._id, profile]));
  return wanted.flatMap((id): FoundProfile[] => {
    const profile = byId.get(id);
    if (profile === undefined) return [];
    const { attributes, traits, createdAt } = profile;
    return [
      {
        id,
        name: shownName(attributes),
        identities: [...(identities.get(id) ?? [])].sort(),
        ordersCount: traits.orders_count,
        totalSpent: traits.total_spent,
        lastSeenAt: traits.last_seen_at,
        createdAt,
      },
    ];
  });
}

/** The addresses people know one another by; a browser's ids say nothing to anybody. */
async function readIdentities(
  { identities }: Pick<Collections, 'identities'>,
  profileIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await identities
    .aggregate<{ _id: string; ids: string[] }>([
      {
        $match: {
          profileId: { $in: [...profileIds] },
          kind: { $in: ['external', 'email', 'phone'] },
        },
      },
      { $group: { _id: '$profileId', ids: { $firstN: { input: '$_id', n: IDENTITIES_SHOWN } } } },
    ])
    .toArray();
  return new Map(rows.map(({ _id, ids }) => [_id, ids]));
}
