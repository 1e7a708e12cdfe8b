import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { StoredIdentity } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** The identities of one customer, by kind and value. */
export async function listIdentities(
  { identities }: Pick<Collections, 'identities'>,
  profileId: string,
  { limit, after }: PageRequest,
): Promise<Page<StoredIdentity>> {
  const read = await identities
    .find({
      profileId,
      kind: { $ne: 'merged' },
      ...(after === null ? {} : { _id: { $gt: after.id } }),
    })
    .sort({ _id: 1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
}
