import type { Db } from 'mongodb';
import type { RowFault } from '#domain/import/row.ts';
import { ERRORS_KEPT_MAX, type Cleaned, type Counts } from '#domain/import/tally.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { durably } from '#platform/mongo-errors.ts';
import type { AudienceCounts, Checkpoint, StoredImport, Would } from './import-document.ts';

/** What one step changed. */
export interface Progress extends Counts, Checkpoint {
  cleaned: Cleaned[];
  archived?: number;
  would?: Would;
  counts?: AudienceCounts;
  /** Faults since the last step. */
  news: RowFault[];
}

/** The documents of imports. Every write of a process that lost its import fails. */
export interface ImportStore {
  insert(made: StoredImport): Promise<void>;
  find(id: string): Promise<StoredImport | null>;
  /** Newest first. */
  list(request: PageRequest): Promise<Page<StoredImport>>;
  /** Takes the oldest import that nobody works on, or whose worker was last heard before `staleBefore`. */
  claim(owner: string, now: number, staleBefore: number): Promise<StoredImport | null>;
  /** True while the import is still this owner's. */
  beat(id: string, owner: string, now: number): Promise<boolean>;
  /** False when the import is another's now, and nothing was written. */
  save(id: string, owner: string, now: number, progress: Progress): Promise<boolean>;
  end(id: string, owner: string, ended: { at: number; failure: string | null }): Promise<void>;
  /** Leaves it to whoever takes it next. */
  release(id: string, owner: string): Promise<void>;
}

export function createImportStore(db: Db): ImportStore {
  const imports = db.collection<StoredImport>('imports');
  const now = { readConcern: { level: 'local' } } as const;
  return {
    insert: (made) =>
      durably(async () => {
        await imports.insertOne(made);
      }),
    find: (id) => durably(() => imports.findOne({ _id: id }, now)),
    list: ({ limit, after }) =>
      durably(async () => {
        const older =
          after === null
            ? {}
            : {
                $or: [
                  { createdAt: { $lt: after.at } },
                  { createdAt: after.at, _id: { $lt: after.id } },
                ],
              };
        const read = await imports
          .find(older, now)
          .sort({ createdAt: -1, _id: -1 })
          .limit(limit + 1)
          .toArray();
        return pageOf(read, limit, ({ createdAt, _id }) => ({ at: createdAt, id: _id }));
      }),
    claim: (owner, at, staleBefore) =>
      durably(() =>
        imports.findOneAndUpdate(
          { status: 'running', $or: [{ owner: null }, { beatAt: { $lt: staleBefore } }] },
          { $set: { owner, beatAt: at } },
          { sort: { createdAt: 1 }, returnDocument: 'after' },
        ),
      ),
    beat: (id, owner, at) =>
      durably(async () => {
        const done = await imports.updateOne({ _id: id, owner }, { $set: { beatAt: at } });
        return done.matchedCount === 1;
      }),
    save: (id, owner, at, { news, ...progress }) =>
      durably(async () => {
        const done = await imports.updateOne(
          { _id: id, owner, status: 'running' },
          {
            $set: { ...progress, beatAt: at },
            ...(news.length === 0
              ? {}
              : { $push: { errors: { $each: news, $slice: ERRORS_KEPT_MAX } } }),
          },
        );
        return done.matchedCount === 1;
      }),
    end: (id, owner, { at, failure }) =>
      durably(async () => {
        const status = failure === null ? 'completed' : 'failed';
        await imports.updateOne(
          { _id: id, owner, status: 'running' },
          { $set: { status, failure, owner: null, endedAt: at, beatAt: at } },
        );
      }),
    release: (id, owner) =>
      durably(async () => {
        await imports.updateOne({ _id: id, owner }, { $set: { owner: null } });
      }),
  };
}

/** The indexes of what belongs to imports, safely repeatable. */
export async function ensureImportIndexes(db: Db): Promise<void> {
  const expire = { expireAfterSeconds: 0 };
  const imports = db.collection<StoredImport>('imports');
  await Promise.all([
    db.collection('importHashes').createIndex({ expiresAt: 1 }, expire, {}),
    imports.createIndex(
      { createdAt: 1 },
      { partialFilterExpression: { status: 'running' }, name: 'running' },
      {},
    ),
    imports.createIndex({ createdAt: -1, _id: -1 }, {}, {}),
    imports.createIndex({ expiresAt: 1 }, expire, {}),
    db.collection('importChunks').createIndex({ expiresAt: 1 }, expire, {}),
    db.collection('importLines').createIndex({ expiresAt: 1 }, expire, {}),
  ]);
}
