import { Gauge, type Registry } from 'prom-client';
import { PARTITIONS } from '#domain/profile/identity.ts';
import type { Clock } from '../clock.ts';
import { oldestOwnerBeat } from '../heartbeat.ts';
import type { Mongo } from '../mongo.ts';

/**
 * What one look at the store costs is walks over small indexes; scrapers of several servers and
 * dashboards share it for this long.
 */
const LOOK_EVERY_MS = 5_000;
/** A look that takes longer is given up: a scrape waits ten seconds by default. */
const LOOK_MAX_MS = 2_000;
/** Events counted at most, about 0.1 s of work: an alert is due long before. */
const EVENTS_MAX = 30_000;
/** Runs and messages counted at most: about 30 ms of index. A gauge that stands here says "or more". */
const OTHERS_MAX = 100_000;
/**
 * A run that was entered is unstarted for the moment until its workflow decides: some milliseconds,
 * seconds under load, and six where its start was cut off and is repeated. Older is a fault.
 */
const UNSTARTED_AFTER_MS = 30_000;

/** What waits in the store at one moment; null where it could not be counted in time. */
interface Look {
  accepted: number | null;
  applied: number | null;
  /** Epoch ms at which the oldest waiting event was taken; Infinity where none waits. */
  oldestAt: number | null;
  /** Epoch ms of the last beat of the owner that is silent for longest; null before the first. */
  routerAt: number | null;
  runsUnderWay: number | null;
  runsUnstarted: number | null;
  messagesSending: number | null;
  messagesDeferred: number | null;
  driftProfiles: number | null;
  /** Pulls in a row that failed, by the keys of sources. */
  sourceFailures: Record<string, number> | null;
}

/**
 * Gauges of what waits in MongoDB, looked up when somebody scrapes and no more than every five
 * seconds, by indexes alone but for the events that wait. Where the store does not answer,
 * `kairos_store_up` is 0 and the others are absent: an old figure would look like a true one.
 */
export function registerStoreGauges(registry: Registry, mongo: Mongo, clock: Clock): void {
  const look = createSharedLook(mongo, clock);
  const registers = [registry];
  new Gauge({
    name: 'kairos_store_up',
    help: 'Whether MongoDB answered when it was last looked at (1) or not (0).',
    registers,
    async collect() {
      this.set((await look()) === null ? 0 : 1);
    },
  });
  for (const { name, help, read } of GAUGES) {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const seen = await look();
        const value = seen === null ? null : read(seen, clock());
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }
  for (const { name, help, label, read } of LABELLED) {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      async collect() {
        const seen = await look();
        this.reset();
        if (seen === null) return;
        for (const [word, value] of Object.entries(read(seen))) {
          if (value !== null) this.set({ [label]: word }, value);
        }
      },
    });
  }
}

/** Gauges without labels; `read` answers null where there is nothing to tell. */
const GAUGES: readonly {
  name: string;
  help: string;
  read: (seen: Look, now: number) => number | null;
}[] = [
  {
    name: 'kairos_events_oldest_waiting_seconds',
    help: 'Age of the oldest event that is not yet routed; 0 where none waits.',
    read: ({ oldestAt }, now) => (oldestAt === null ? null : ageS(oldestAt, now)),
  },
  {
    name: 'kairos_router_heartbeat_age_seconds',
    help: 'Time since the last beat of the owner of partitions that is silent for longest.',
    read: ({ routerAt }, now) => (routerAt === null ? null : ageS(routerAt, now)),
  },
  {
    name: 'kairos_runs_under_way',
    help: 'Runs that have not ended; at most 100,000 are counted.',
    read: ({ runsUnderWay }) => runsUnderWay,
  },
  {
    name: 'kairos_runs_unstarted',
    help: 'Runs due to start more than 30 s ago whose workflow was not yet seen to run.',
    read: ({ runsUnstarted }) => runsUnstarted,
  },
  {
    name: 'kairos_drift_profiles',
    help: 'Profiles found not to be as their events say, and not put right or found true since.',
    read: ({ driftProfiles }) => driftProfiles,
  },
];

const LABELLED: readonly {
  name: string;
  help: string;
  label: string;
  read: (seen: Look) => Record<string, number | null>;
}[] = [
  {
    name: 'kairos_events_waiting',
    help: 'Events that are durable and not yet routed, by state; at most 30,000 are counted.',
    label: 'state',
    read: ({ accepted, applied }) => ({ accepted, applied }),
  },
  {
    name: 'kairos_messages_open',
    help: 'Messages whose end is open: being sent or not known yet, and waiting for another try.',
    label: 'status',
    read: ({ messagesSending: sending, messagesDeferred: deferred }) => ({ sending, deferred }),
  },
  {
    name: 'kairos_source_failures_in_a_row',
    help: 'Pulls of a source that failed since the last that did not; 0 where all is well.',
    label: 'source',
    read: ({ sourceFailures }) => sourceFailures ?? {},
  },
];

function ageS(at: number, now: number): number {
  return Math.max(0, now - at) / 1_000;
}

/** One look for all gauges of a scrape, and for all scrapes of five seconds. */
function createSharedLook(mongo: Mongo, clock: Clock): () => Promise<Look | null> {
  let last: Promise<Look | null> = Promise.resolve(null);
  let lookedAt = -Infinity;
  return () => {
    if (clock() - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = clock();
      last = lookAt(mongo, lookedAt).catch(() => null);
    }
    return last;
  };
}

/** Null where the store does not answer at all; a single figure is null where it took too long. */
async function lookAt({ db, collections }: Mongo, now: number): Promise<Look> {
  const { runs, messages, drifts } = collections;
  const routerAt = await oldestOwnerBeat(db, LOOK_MAX_MS);
  const bounded = { limit: OTHERS_MAX, maxTimeMS: LOOK_MAX_MS };
  const [states, oldestAt, sourceFailures, ...counts] = await Promise.all([
    orNull(countByState(collections)),
    orNull(findOldest(collections)),
    orNull(failuresBySource(db)),
    orNull(runs.countDocuments({ status: 'running' }, bounded)),
    orNull(countUnstarted(collections, now - UNSTARTED_AFTER_MS)),
    orNull(messages.countDocuments({ status: 'sending' }, bounded)),
    orNull(messages.countDocuments({ status: 'deferred' }, bounded)),
    orNull(drifts.countDocuments({ repaired: false }, bounded)),
  ]);
  const [runsUnderWay, runsUnstarted, messagesSending, messagesDeferred, driftProfiles] = counts;
  return {
    accepted: states === null ? null : (states.get('accepted') ?? 0),
    applied: states === null ? null : (states.get('applied') ?? 0),
    oldestAt,
    routerAt,
    runsUnderWay,
    runsUnstarted,
    messagesSending,
    messagesDeferred,
    driftProfiles,
    sourceFailures,
  };
}

/** Sources are few (sources/source-store.ts) and their keys the shop's own words. */
async function failuresBySource(db: Mongo['db']): Promise<Record<string, number>> {
  const sources = db.collection<{ _id: string; failures: number; removed?: true }>('sources');
  const read = await sources
    .find({ removed: { $exists: false } }, { maxTimeMS: LOOK_MAX_MS })
    .project<{ _id: string; failures: number }>({ failures: 1 })
    .toArray();
  return Object.fromEntries(read.map(({ _id, failures }) => [_id, failures]));
}

function orNull<T>(work: Promise<T>): Promise<T | null> {
  return work.catch(() => null);
}

/** Those due by then: a run whose workflow failed again and again is held back for a while. */
function countUnstarted({ runs }: Mongo['collections'], dueBy: number): Promise<number> {
  return runs.countDocuments(
    {
      unstarted: true,
      partition: { $gte: 0 },
      enteredAt: { $lte: dueBy },
      'revived.startAt': { $not: { $gt: dueBy } },
    },
    { limit: OTHERS_MAX, maxTimeMS: LOOK_MAX_MS },
  );
}

async function countByState({ events }: Mongo['collections']): Promise<Map<string, number>> {
  const states = await events
    .aggregate<{ _id: string; count: number }>(
      [
        { $match: { pending: true, partition: { $gte: 0 } } },
        { $limit: EVENTS_MAX },
        { $group: { _id: '$state', count: { $sum: 1 } } },
      ],
      { hint: 'pending', maxTimeMS: LOOK_MAX_MS },
    )
    .toArray();
  return new Map(states.map(({ _id, count }) => [_id, count]));
}

/** The first of each partition by the index: one document each, however many wait. */
async function findOldest({ events }: Mongo['collections']): Promise<number> {
  const firsts = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) =>
      events.findOne(
        { pending: true, partition },
        {
          sort: { receivedAt: 1, place: 1 },
          projection: { receivedAt: 1 },
          maxTimeMS: LOOK_MAX_MS,
        },
      ),
    ),
  );
  return firsts.reduce((at, first) => Math.min(at, first?.receivedAt ?? Infinity), Infinity);
}
