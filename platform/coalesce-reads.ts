import type { Collection, Document, FindOptions } from 'mongodb';

/** Ids in one query: large enough for every run under way, far below any message limit. */
const BATCH_MAX = 500;

/** While this many queries are out, further reads gather for the next one. */
const IN_FLIGHT_MAX = 2;

interface Batch<T> {
  ids: Set<string>;
  answer: Promise<ReadonlyMap<string, T>>;
  go: () => void;
}

/**
 * Turns many reads of one document into few reads of many. A read that finds a query on its way
 * waits for the next one, so every answer was read after it was asked for: nothing is ever stale,
 * and alone a read goes out at once. What comes back is shared: it must not be changed.
 *
 * `readMany` answers those of the ids that exist; when it fails, all who asked with it fail.
 */
export function coalesceReads<T>(
  readMany: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): (id: string) => Promise<T | null> {
  const waiting: Batch<T>[] = [];
  let inFlight = 0;

  function open(): Batch<T> {
    const ids = new Set<string>();
    let go = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      go = resolve;
    });
    const answer = started.then(() => readMany([...ids]));
    return { ids, answer, go };
  }

  function next(): void {
    if (inFlight >= IN_FLIGHT_MAX) return;
    const batch = waiting.shift();
    if (batch === undefined) return;
    inFlight += 1;
    batch.go();
    const over = (): void => {
      inFlight -= 1;
      next();
    };
    batch.answer.then(over, over);
  }

  return async (id) => {
    let batch = waiting.at(-1);
    if (batch === undefined || batch.ids.size >= BATCH_MAX) {
      batch = open();
      waiting.push(batch);
      // Reads of the same moment go out together.
      queueMicrotask(next);
    }
    batch.ids.add(id);
    return (await batch.answer).get(id) ?? null;
  };
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
