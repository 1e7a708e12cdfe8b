import type { Db } from 'mongodb';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';

/** Lower than any character of a key. */
const MARK = '\u0001';
const AFTER_MARK = '\u0002';

/** What a row without a cursor said last, by its hash, and how often that has changed. */
interface RememberedRow {
  /** `<source>␁<hash of the row's key>` */
  _id: string;
  hash: string;
  version: number;
}

/**
 * Remembers rows of sources that have no cursor (sheets): a row that says again what it once said,
 * after something else, is news, and one that says the same as last time is none.
 */
export interface RowMemory {
  /** The version of each row; it is remembered before it is answered. */
  versions(source: string, rows: readonly { key: string; hash: string }[]): Promise<number[]>;
  forget(source: string): Promise<void>;
}

export function createRowMemory(db: Db): RowMemory {
  const remembered = db.collection<RememberedRow>('sourceRows');
  return {
    versions: (source, rows) =>
      durably(async () => {
        const ids = rows.map(({ key }) => `${source}${MARK}${key}`);
        const known = await remembered.find({ _id: { $in: ids } }).toArray();
        const before = new Map(known.map((row) => [row._id, row]));
        const writes = rows.flatMap(({ hash }, at) => {
          const _id = ids[at] ?? '';
          const last = before.get(_id);
          if (last?.hash === hash) return [];
          const next = { _id, hash, version: (last?.version ?? 0) + 1 };
          before.set(_id, next);
          const { version } = next;
          return [
            { updateOne: { filter: { _id }, update: { $set: { hash, version } }, upsert: true } },
          ];
        });
        if (writes.length > 0) {
          await remembered.bulkWrite(writes).catch((error: unknown) => {
            if (!isDuplicateKey(error)) throw error;
          });
        }
        return ids.map((id) => before.get(id)?.version ?? 1);
      }),
    forget: (source) =>
      durably(async () => {
        const range = { $gt: `${source}${MARK}`, $lt: `${source}${AFTER_MARK}` };
        await remembered.deleteMany({ _id: range });
      }),
  };
}
