import type { Filter } from 'mongodb';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { StoredMerge } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';

type Needs = Pick<Collections, 'merges'>;

/** Also what is written and not yet on a majority: whoever asks has just been told of it. */
const LATEST = { readConcern: { level: 'local' } } as const;

/** One merge by its id; null when there is none, or it is older than merges are kept. */
export function findMerge({ merges }: Needs, id: string): Promise<StoredMerge | null> {
  return merges.findOne({ _id: id }, LATEST);
}

/** The merge that an event brought about; null when the two were one by then. */
export function findMergeOfEvent({ merges }: Needs, eventId: string): Promise<StoredMerge | null> {
  return merges.findOne({ eventId }, LATEST);
}

/** Merges, newest first; of one profile, kept or merged, where one is named. */
export async function listMerges(
  { merges }: Needs,
  profileId: string | undefined,
  { limit, after }: PageRequest,
): Promise<Page<StoredMerge>> {
  const all: Filter<StoredMerge>[] = [];
  if (profileId !== undefined) all.push({ $or: [{ kept: profileId }, { merged: profileId }] });
  if (after !== null) {
    all.push({ $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $gt: after.id } }] });
  }
  const read = await merges
    .find(all.length === 0 ? {} : { $and: all }, LATEST)
    .sort({ at: -1, _id: 1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, ({ at, _id: id }) => ({ at, id }));
}
