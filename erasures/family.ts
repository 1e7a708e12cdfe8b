import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** Merges form short chains; more hops than this is a bug, not a customer. */
const MERGE_HOPS_MAX = 16;
/** Begins the id by which an identity says that a profile is on its way into another. */
const MERGED = 'merged:';

/** A person's profile and every one that was merged into it, or is about to be, however long ago. */
export async function familyOf(
  c: Pick<Collections, 'profiles' | 'identities'>,
  profileId: string,
  session?: Session,
): Promise<Profile[]> {
  const within = session === undefined ? {} : { session };
  const family = await c.profiles.find({ _id: profileId }, within).toArray();
  let latest = family.map(({ _id }) => _id);
  for (let hop = 0; hop < MERGE_HOPS_MAX && latest.length > 0; hop += 1) {
    const coming = await c.identities
      .find({ profileId: { $in: latest }, kind: 'merged' }, within)
      .toArray();
    // The type is said for the planner: the index is of merged profiles only.
    const into = { $in: latest, $type: 'string' } as const;
    const merged = await c.profiles.find({ mergedInto: into }, within).toArray();
    const known = new Set([...family, ...merged].map(({ _id }) => _id));
    const ids = coming.map(({ _id }) => _id.slice(MERGED.length)).filter((id) => !known.has(id));
    const awaited = await c.profiles.find({ _id: { $in: ids } }, within).toArray();
    const before = new Set(family.map(({ _id }) => _id));
    const fresh = [...merged, ...awaited].filter(({ _id }) => !before.has(_id));
    family.push(...fresh);
    latest = fresh.map(({ _id }) => _id);
  }
  return family;
}
