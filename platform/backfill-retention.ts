import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { Journey } from '#domain/journey/journey.ts';
import { runKeptUntil } from '#domain/journey/run-kept-until.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { Clock } from './clock.ts';
import type { StoredRun } from './documents.ts';
import { errorCode, type Logger } from './logger.ts';
import type { Collections } from './mongo.ts';
import type { EventRetention, Kept } from './retention.ts';

/** Documents looked at in one go; with the pause after each, five thousand a second at most. */
const PAGE_SIZE = 1_000;
const PAUSE_MS = 200;

/** A database that is away is back within seconds, and nothing of this is urgent. */
const AGAIN_AFTER_MS = 60_000;

/** How far a collection was looked through; an `_id` without an end. */
interface Progress {
  _id: string;
  after: string;
  done: boolean;
}

/** What was looked at, and which of it may be deleted when. */
interface Page {
  ids: string[];
  expiring: [id: string, expiresAt: Date][];
}

type ReadPage = (after: string, limit: number) => Promise<Page>;

export interface BackfillDeps {
  db: Db;
  collections: Pick<Collections, 'events' | 'runs' | 'messages' | 'journeyVersions'>;
  retention: Pick<EventRetention, 'expiryOf'>;
  /** How long ended runs and messages are kept. */
  runsKept: Kept;
  clock: Clock;
  logger: Logger;
  pageSize?: number;
}

/**
 * Gives events, ended runs and messages of earlier versions the instant at which they may be
 * deleted, which new ones have from the start. Each collection is walked once in its life, by `_id`
 * and slowly; how far is kept in `retentionBackfill`, so that a restart goes on there, and of
 * several workers one does it. Resolves when all is done, when another worker does it, or when
 * `signal` is aborted; never rejects.
 */
export function createBackfillRetention(
  deps: BackfillDeps,
): (signal: AbortSignal) => Promise<void> {
  const readers: Record<'events' | 'runs' | 'messages', ReadPage> = {
    events: readEvents(deps),
    runs: readRuns(deps),
    messages: readMessages(deps),
  };
  return async function backfillRetention(signal) {
    for (const [name, read] of Object.entries(readers)) {
      while (!signal.aborted) {
        const isOver = await backfillPage(deps, name, read).catch((error: unknown) => {
          if (!signal.aborted) deps.logger.warn({ code: errorCode(error) }, 'backfill put off');
          return null;
        });
        if (isOver === true) break;
        const pauseMs = isOver === null ? AGAIN_AFTER_MS : PAUSE_MS;
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  };
}

/** Whether nothing is left to do here: it is done, or another worker does it. */
async function backfillPage(deps: BackfillDeps, name: string, read: ReadPage): Promise<boolean> {
  const progress = deps.db.collection<Progress>('retentionBackfill');
  const stands = await progress.findOneAndUpdate(
    { _id: name },
    { $setOnInsert: { after: '', done: false } },
    { upsert: true, returnDocument: 'after' },
  );
  if (stands === null || stands.done) return true;
  const limit = deps.pageSize ?? PAGE_SIZE;
  const { ids, expiring } = await read(stands.after, limit);
  if (expiring.length > 0) await write(deps.db, name, expiring);
  const done = ids.length < limit;
  const moved = await progress.updateOne(
    { _id: name, after: stands.after, done: false },
    { $set: { after: ids.at(-1) ?? stands.after, done } },
  );
  return done || moved.matchedCount === 0;
}

async function write(db: Db, name: string, expiring: Page['expiring']): Promise<void> {
  const collection = db.collection<{ _id: string; expiresAt?: Date; fault?: string }>(name);
  await collection.bulkWrite(
    expiring.map(([id, expiresAt]) => ({
      updateOne: {
        // Whoever wrote one meanwhile knew better, and what was set aside is kept for good.
        filter: { _id: id, expiresAt: { $exists: false }, fault: { $exists: false } },
        update: { $set: { expiresAt } },
      },
    })),
    { ordered: false },
  );
}

function pageOf<T extends { _id: string; expiresAt?: Date }>(
  rows: readonly T[],
  expiryOf: (row: T) => Date | null,
): Page {
  const expiring = rows.flatMap((row): Page['expiring'] => {
    const expiresAt = row.expiresAt === undefined ? expiryOf(row) : null;
    return expiresAt === null ? [] : [[row._id, expiresAt]];
  });
  return { ids: rows.map(({ _id }) => _id), expiring };
}

type OldEvent = Pick<
  StoredEvent,
  '_id' | 'name' | 'receivedAt' | 'consents' | 'fault' | 'expiresAt'
>;

function readEvents({ collections, retention }: BackfillDeps): ReadPage {
  return async (after, limit) => {
    const rows = await collections.events
      .find({ _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .project<OldEvent>({ name: 1, receivedAt: 1, consents: 1, fault: 1, expiresAt: 1 })
      .toArray();
    return pageOf(rows, (event) => (event.fault === undefined ? retention.expiryOf(event) : null));
  };
}

type OldRun = Pick<
  StoredRun,
  '_id' | 'journey' | 'version' | 'enteredAt' | 'endedAt' | 'goal' | 'expiresAt'
> & { entry: Pick<StoredRun['entry'], 'kind'> };

function readRuns({ collections, runsKept }: BackfillDeps): ReadPage {
  const definitions = new Map<string, Journey | null>();
  const definitionOf = async (id: string): Promise<Journey | null> => {
    const known = definitions.get(id);
    if (known !== undefined) return known;
    const found = (await collections.journeyVersions.findOne({ _id: id }))?.definition ?? null;
    definitions.set(id, found);
    return found;
  };
  return async (after, limit) => {
    const rows = await collections.runs
      .find({ _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .project<OldRun>({
        ...{ journey: 1, version: 1, 'entry.kind': 1, enteredAt: 1, endedAt: 1 },
        ...{ goal: 1, expiresAt: 1 },
      })
      .toArray();
    const versions = new Map<string, Journey | null>();
    for (const id of new Set(rows.map(versionOf))) versions.set(id, await definitionOf(id));
    return pageOf(rows, (run) => runExpiry(run, versions.get(versionOf(run)) ?? null, runsKept));
  };
}

function versionOf({ journey, version }: OldRun): string {
  return `${journey}@${String(version)}`;
}

function runExpiry(run: OldRun, journey: Journey | null, keptMs: Kept): Date | null {
  const { entry, enteredAt, endedAt, goal } = run;
  if (endedAt === null || journey === null) return null;
  const until = runKeptUntil({
    reentry: journey.entry.reentry,
    entry: entry.kind,
    enteredAt,
    endedAt,
    goalUntil: goal?.until ?? null,
    keptMs,
    zone: 'UTC',
  });
  // Whose zone it is in is not looked up for this: a day more covers every one.
  return until === null ? null : new Date(until + DAY_MS);
}

type OldMessage = Pick<StoredMessage, '_id' | 'status' | 'updatedAt' | 'expiresAt'>;

function readMessages({ collections, runsKept, clock }: BackfillDeps): ReadPage {
  return async (after, limit) => {
    const rows = await collections.messages
      .find({ _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .project<OldMessage>({ status: 1, updatedAt: 1, expiresAt: 1 })
      .toArray();
    return pageOf(rows, ({ status, updatedAt }) => {
      if (runsKept === null) return null;
      // One under way keeps itself from going out twice: it is not forgotten while it may be sent.
      return new Date((status === 'sending' ? clock() : updatedAt) + runsKept);
    });
  };
}
