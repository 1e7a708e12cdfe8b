import type { Filter } from 'mongodb';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { StoredConflict } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** Addresses that two customers claim and nobody has decided about, newest first. */
export async function listConflicts(
  { conflicts }: Pick<Collections, 'conflicts'>,
  { limit, after }: PageRequest,
): Promise<Page<StoredConflict>> {
  const filter: Filter<StoredConflict> = {
    closed: { $exists: false },
    ref: { $exists: true },
  };
  if (after !== null) {
    filter.$or = [{ at: { $lt: after.at } }, { at: after.at, _id: { $gt: after.id } }];
  }
  const read = await conflicts
    .find(filter)
    .sort({ at: -1, _id: 1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, ({ at, _id: id }) => ({ at, id }));
}
