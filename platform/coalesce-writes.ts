import {
  MongoBulkWriteError,
  type Collection,
  type Filter,
  type OptionalUnlessRequiredId,
  type UpdateFilter,
} from 'mongodb';
import { gather } from './gather.ts';
import { isDuplicateKey } from './mongo-errors.ts';

export interface Update<T> {
  filter: Filter<T>;
  update: UpdateFilter<T>;
}

/**
 * Many compare-and-set updates of single documents as few bulk writes; a filter must match once
 * only. True: it matched, and the update is durable. False: it did not match, or may have been
 * written in a bulk of which another update did not match; whoever must know reads the document.
 */
export function coalesceUpdates<T extends { _id: string }>(
  collection: Collection<T>,
): (update: Update<T>) => Promise<boolean> {
  const alone = async ({ filter, update }: Update<T>): Promise<boolean> =>
    (await collection.updateOne(filter, update)).matchedCount === 1;
  const together = gather(async (updates: readonly Update<T>[]) => {
    const [first] = updates;
    if (first !== undefined && updates.length === 1) return [await alone(first)];
    const all = (await matchedOf(collection, updates)) === updates.length;
    return updates.map(() => all || null);
  });
  // The server tells of a bulk how many matched, not which: one that is unsure asks for itself.
  return async (update) => (await together(update)) ?? alone(update);
}

/** How many of these updates matched; -1 where one of them was refused. */
async function matchedOf<T extends { _id: string }>(
  collection: Collection<T>,
  updates: readonly Update<T>[],
): Promise<number> {
  try {
    const { matchedCount } = await collection.bulkWrite(
      updates.map(({ filter, update }) => ({ updateOne: { filter, update } })),
      { ordered: false },
    );
    return matchedCount;
  } catch (error) {
    if (refusals(error) === null) throw error;
    return -1;
  }
}

/**
 * Many inserts of single documents as few. True: inserted, and durable; false: a unique key is
 * taken. What else the server refuses of a document fails its own insert only.
 */
export function coalesceInserts<T extends { _id: string }>(
  collection: Collection<T>,
): (document: OptionalUnlessRequiredId<T>) => Promise<boolean> {
  const insert = gather(async (documents: readonly OptionalUnlessRequiredId<T>[]) => {
    try {
      await collection.insertMany([...documents], { ordered: false });
      return documents.map(() => true);
    } catch (error) {
      const refused = refusals(error);
      if (refused === null) throw error;
      return documents.map((_, index) => {
        const refusal = refused.get(index);
        if (refusal === undefined) return true;
        return isDuplicateKey(refusal) ? false : refusal;
      });
    }
  });
  return async (document) => {
    const answer = await insert(document);
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

/**
 * The documents of a bulk write that the server refused, each at its place with an error of its
 * own; null where the whole write failed, or nobody knows whether the rest of it is durable.
 */
function refusals(error: unknown): Map<number, Error> | null {
  if (!(error instanceof MongoBulkWriteError)) return null;
  if (error.result.getWriteConcernError() !== undefined) return null;
  const refused = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  if (refused.length === 0) return null;
  return new Map(refused.map(({ index, code }) => [index, refusal(code)]));
}

/** With the code alone: the server's text prints keys, which may be addresses. */
function refusal(code: unknown): Error {
  const error = new Error(`MongoDB refused a document (code ${String(code)})`);
  return Object.assign(error, { name: 'MongoRefusal', code });
}
