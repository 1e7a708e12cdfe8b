import type { Collections } from '#platform/mongo.ts';

/**
 * The shop's own id of a customer; null where there is none. After a merge a profile is known by
 * several ids of the shop, of which one is its own.
 */
export async function ownExternalId(
  { identities }: Pick<Collections, 'identities'>,
  profileId: string,
): Promise<string | null> {
  const own = await identities.findOne(
    { externalOf: profileId, kind: 'external' },
    { projection: { _id: 1 } },
  );
  return own === null ? null : own._id.slice('external:'.length);
}
