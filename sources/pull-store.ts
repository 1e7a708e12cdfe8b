import type { ClientSession, Collection, Db, MongoClient } from 'mongodb';
import { ERRORS_KEPT_MAX, type Cleaned, type Counts } from '#domain/import/tally.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';
import { inTransaction } from '#platform/transaction.ts';
import { definitionOf } from './source-store.ts';
import type {
  PullFault,
  PullPlace,
  PullStatus,
  StoredPull,
  StoredSource,
} from './source-document.ts';

/** Reports are read in the days after; a quarter of them shows what changed when. */
const REPORT_KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Told of a pull that nobody ended. */
const LOST = 'It was ended from outside before its rows were read; the next pull reads them.';

/** What one page changed. */
export interface PullProgress extends Counts, PullPlace {
  cleaned: Cleaned[];
  ignored: string[];
  /** Faults since the last page. */
  news: PullFault[];
}

export interface PullEnd {
  status: Exclude<PullStatus, 'running'>;
  at: number;
  failure: string | null;
}

/** The reports of pulls. Only the latest try of a pull may write. */
export interface PullStore {
  /** The pull as it stands, made where this is its first try; null: there is no such source. */
  begin(id: string, source: string, attempt: number, now: number): Promise<StoredPull | null>;
  /** False where a later try goes on with it, or it has ended: nothing was written. */
  save(id: string, attempt: number, progress: PullProgress): Promise<boolean>;
  /** Keeps why a try failed, for the report of the pull should it be the last. */
  noteFailure(id: string, attempt: number, failure: string): Promise<void>;
  /** Ends a pull and tells its source, both or neither; one that has ended stays as it is. */
  end(id: string, end: PullEnd): Promise<StoredPull | null>;
  find(id: string): Promise<StoredPull | null>;
  /** Newest first. */
  list(source: string, request: PageRequest): Promise<Page<StoredPull>>;
}

export function createPullStore({ client, db }: { client: MongoClient; db: Db }): PullStore {
  const pulls = db.collection<StoredPull>('pulls');
  const sources = db.collection<StoredSource>('sources');

  return {
    begin: (id, source, attempt, now) =>
      durably(async () => {
        const known = await pulls.findOneAndUpdate(
          { _id: id },
          { $set: { attempt } },
          { returnDocument: 'after' },
        );
        return known ?? insertPull({ pulls, sources }, { id, key: source, attempt, now });
      }),
    save: (id, attempt, { news, ...progress }) =>
      durably(async () => {
        const errors = { $push: { errors: { $each: news, $slice: ERRORS_KEPT_MAX } } };
        const done = await pulls.updateOne(
          { _id: id, attempt, status: 'running' },
          { $set: progress, ...(news.length === 0 ? {} : errors) },
        );
        return done.matchedCount === 1;
      }),
    noteFailure: (id, attempt, failure) =>
      durably(async () => {
        await pulls.updateOne({ _id: id, attempt, status: 'running' }, { $set: { failure } });
      }),
    end: (id, end) =>
      durably(() =>
        inTransaction(client, async (session) => {
          const ended = await pulls.findOneAndUpdate(
            { _id: id, status: 'running' },
            { $set: { status: end.status, failure: end.failure, endedAt: end.at } },
            { session, returnDocument: 'after' },
          );
          if (ended !== null) await tellSource(sources, ended, session);
          return ended;
        }),
      ),
    find: (id) => durably(() => pulls.findOne({ _id: id })),
    list: (source, { limit, after }) =>
      durably(async () => {
        const older =
          after === null
            ? {}
            : {
                $or: [
                  { startedAt: { $lt: after.at } },
                  { startedAt: after.at, _id: { $lt: after.id } },
                ],
              };
        const read = await pulls
          .find({ source, ...older })
          .sort({ startedAt: -1, _id: -1 })
          .limit(limit + 1)
          .toArray();
        return pageOf(read, limit, ({ startedAt, _id }) => ({ at: startedAt, id: _id }));
      }),
  };
}

interface Beginning {
  id: string;
  /** Of the source. */
  key: string;
  attempt: number;
  now: number;
}

async function insertPull(
  { pulls, sources }: { pulls: Collection<StoredPull>; sources: Collection<StoredSource> },
  { id, key, attempt, now }: Beginning,
): Promise<StoredPull | null> {
  const source = await sources.findOne({ _id: key, removed: { $exists: false } });
  if (source === null) return null;
  // Temporal runs one pull of a source at a time: another that is open was ended from outside.
  await pulls.updateMany(
    { source: key, status: 'running', _id: { $ne: id } },
    { $set: { status: 'failed', failure: LOST, endedAt: now } },
  );
  const made = madeOf(source, { id, attempt, now });
  try {
    await pulls.insertOne(made);
    return made;
  } catch (error) {
    if (isDuplicateKey(error)) return null;
    throw error;
  }
}

/**
 * How far a pull came counts even where it failed: the next goes on from its last page. Lines of
 * orders that were read and not gathered are read again.
 */
async function tellSource(
  sources: Collection<StoredSource>,
  pull: StoredPull,
  session: ClientSession,
): Promise<void> {
  const { source, generation, status, endedAt, place, stage, as } = pull;
  const isIn = as !== 'orders' || stage === 'done';
  const outcome =
    status === 'completed'
      ? { $set: { lastSuccessAt: endedAt, failures: 0, failure: null } }
      : status === 'failed'
        ? { $set: { failure: pull.failure }, $inc: { failures: 1 } }
        : null;
  if (outcome !== null) await sources.updateOne({ _id: source }, outcome, { session });
  if (!isIn || place === null) return;
  await sources.updateOne(
    { _id: source, generation },
    { $set: { place, reachedAt: endedAt ?? 0 } },
    { session },
  );
}

function madeOf(source: StoredSource, { id, attempt, now }: Omit<Beginning, 'key'>): StoredPull {
  const { _id: key, revision, generation, place, reachedAt } = source;
  return {
    _id: id,
    source: key,
    as: definitionOf(source).as,
    status: 'running',
    ...{ revision, generation, attempt, from: place, place, reachedAt },
    stage: 'rows',
    orderId: null,
    ...{ rows: 0, accepted: 0, rejected: 0, skipped: 0 },
    errors: [],
    cleaned: [],
    ignored: [],
    failure: null,
    startedAt: now,
    endedAt: null,
    expiresAt: new Date(now + REPORT_KEPT_MS),
  };
}

/** The indexes of what belongs to sources, safely repeatable. */
export async function ensureSourceIndexes(db: Db): Promise<void> {
  const pulls = db.collection<StoredPull>('pulls');
  await Promise.all([
    pulls.createIndex({ source: 1, startedAt: -1, _id: -1 }, {}, {}),
    pulls.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 }, {}),
  ]);
}
