import type { Collection, Db } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { parseSource, rowsOf, type Source } from '#domain/source/source.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';
import type { StoredSource } from './source-document.ts';

/** Each is a schedule of its own and a few figures for Prometheus; a shop has a handful. */
const SOURCES_MAX = 200;
/** How often a change that met another is tried again. */
const TRIES_MAX = 5;

const THERE = { removed: { $exists: false } };

/** The definitions of sources, and how far each one was read. */
export interface SourceStore {
  /** Makes or changes one. @throws DomainError `conflict` where there are too many. */
  put(
    key: string,
    source: Source,
    now: number,
  ): Promise<{ stored: StoredSource; created: boolean }>;
  find(key: string): Promise<StoredSource | null>;
  /** @throws DomainError `not-found` */
  read(key: string): Promise<StoredSource>;
  list(request: PageRequest): Promise<Page<StoredSource>>;
  /** The next pull reads it from the beginning. @throws DomainError `not-found` */
  restart(key: string, now: number): Promise<StoredSource>;
  /** Marks it as removed: nothing reads it any more. @throws DomainError `not-found` */
  remove(key: string, now: number): Promise<StoredSource>;
  /** Those whose schedule is not what they say, removed ones included. */
  unscheduled(): Promise<StoredSource[]>;
  /** Temporal's schedule is equal to this revision; a removed source is forgotten. */
  noteScheduled(source: StoredSource): Promise<void>;
  /** Looks at all schedules again: Temporal may have lost them. */
  scheduleAll(): Promise<void>;
}

/** A stored definition. */
export function definitionOf({ definition }: Pick<StoredSource, 'definition'>): Source {
  return parseSource(JSON.parse(definition));
}

export function createSourceStore(db: Db): SourceStore {
  const sources = db.collection<StoredSource>('sources');
  async function changed(key: string, change: object, now: number): Promise<StoredSource> {
    const after = await durably(() =>
      sources.findOneAndUpdate(
        { _id: key, ...THERE },
        [{ $set: { updatedAt: now, revision: { $add: ['$revision', 1] }, ...change } }],
        { returnDocument: 'after' },
      ),
    );
    if (after === null) throw notFound();
    return after;
  }

  const find = (key: string): Promise<StoredSource | null> =>
    durably(() => sources.findOne({ _id: key, ...THERE }));

  return {
    put: (key, source, now) =>
      durably(async () => {
        for (let tried = 1; tried <= TRIES_MAX; tried += 1) {
          const put = await putOnce(sources, { key, source, now });
          if (put !== null) return put;
        }
        throw new DomainError('conflict', 'The source is being changed by others. Please repeat.');
      }),
    find,
    async read(key) {
      const found = await find(key);
      if (found === null) throw notFound();
      return found;
    },
    list: ({ limit, after }) =>
      durably(async () => {
        const read = await sources
          .find({ ...THERE, ...(after === null ? {} : { _id: { $gt: after.id } }) })
          .sort({ _id: 1 })
          .limit(limit + 1)
          .toArray();
        return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
      }),
    restart: (key, now) =>
      changed(key, { place: null, generation: { $add: ['$generation', 1] } }, now),
    remove: (key, now) =>
      changed(key, { removed: true, generation: { $add: ['$generation', 1] } }, now),
    unscheduled: () => sources.find({ $expr: { $ne: ['$scheduled', '$revision'] } }).toArray(),
    async noteScheduled({ _id, revision, removed }) {
      if (removed === true) await sources.deleteOne({ _id, revision });
      else await sources.updateOne({ _id, revision }, { $set: { scheduled: revision } });
    },
    async scheduleAll() {
      await sources.updateMany({}, { $set: { scheduled: 0 } });
    },
  };
}

/** Null: somebody else changed it meanwhile. */
async function putOnce(
  sources: Collection<StoredSource>,
  { key, source, now }: { key: string; source: Source; now: number },
): Promise<{ stored: StoredSource; created: boolean } | null> {
  const before = await sources.findOne({ _id: key });
  if (before === null && (await sources.countDocuments(THERE)) >= SOURCES_MAX) {
    throw new DomainError('conflict', `There are ${String(SOURCES_MAX)} sources already.`);
  }
  const stored = storedAs(key, source, before, now);
  if (before === null) {
    try {
      await sources.insertOne(stored);
    } catch (error) {
      if (isDuplicateKey(error)) return null;
      throw error;
    }
    return { stored, created: true };
  }
  // What a pull that ends meanwhile writes is left alone.
  const {
    _id: _,
    place,
    reachedAt,
    lastSuccessAt,
    failures,
    failure,
    scheduled: __,
    ...said
  } = stored;
  const isFresh = stored.generation !== before.generation;
  const read = isFresh ? { place, reachedAt, lastSuccessAt, failures, failure } : {};
  const after = await sources.findOneAndUpdate(
    { _id: key, revision: before.revision },
    { $set: { ...said, ...read }, $unset: { removed: true } },
    { returnDocument: 'after' },
  );
  return after === null ? null : { stored: after, created: before.removed === true };
}

function notFound(): DomainError {
  return new DomainError('not-found', 'There is no such source.');
}

function storedAs(
  key: string,
  source: Source,
  before: StoredSource | null,
  now: number,
): StoredSource {
  const unread = { place: null, reachedAt: now, lastSuccessAt: null, failures: 0, failure: null };
  const definition = JSON.stringify(source);
  if (before === null) {
    const made = { revision: 1, scheduled: 0, generation: 1, createdAt: now, updatedAt: now };
    return { _id: key, definition, ...made, ...unread };
  }
  const { removed, ...known } = before;
  const isSame = removed !== true && rowsOf(definitionOf(before)) === rowsOf(source);
  const changed = { ...known, definition, revision: before.revision + 1, updatedAt: now };
  return isSame ? changed : { ...changed, ...unread, generation: before.generation + 1 };
}
