import type { Collection, Document, FindOptions } from 'mongodb';
import { gather } from './gather.ts';

/**
 * Turns many reads of one document into few reads of many. A read that finds queries on their way
 * waits for the next one, so every answer was read after it was asked for: nothing is ever stale,
 * and alone a read goes out at once. What comes back is shared: it must not be changed.
 *
 * `readMany` answers those of the ids that exist; when it fails, all who asked with it fail.
 */
export function coalesceReads<T>(
  readMany: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): (id: string) => Promise<T | null> {
  return gather(async (ids: readonly string[]) => {
    const found = await readMany([...new Set(ids)]);
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** Documents of a collection by `_id`, or the parts of them that `options.projection` names. */
export function readById<T extends { _id: string }>(
  collection: Collection<T>,
  options: FindOptions = {},
): (id: string) => Promise<T | null> {
  // The driver's filter type does not know that a generic `_id` is a string.
  const untyped = collection as unknown as Collection<Document & { _id: string }>;
  return coalesceReads(async (ids) => {
    const rows = await untyped.find({ _id: { $in: [...ids] } }, options).toArray();
    return new Map((rows as unknown as T[]).map((row) => [row._id, row]));
  });
}
