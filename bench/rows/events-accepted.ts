import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Ground } from '../ground.ts';
import {
  anotherOf,
  BATCH,
  batches,
  bodiesOf,
  CONNECTIONS,
  inLanes,
  knowCustomers,
  post,
  postBodies,
  postSingles,
  productViewed,
  range,
  routed,
  storedPattern,
  type Call,
} from '../load.ts';
import { expectCount, type Row, type Side } from '../row.ts';
import { percentile } from '../statistics.ts';

const EVENTS = { full: 20_000, quick: 4_000, smoke: 200 };
const SINGLES = { full: 3_000, quick: 500, smoke: 40 };
const WARM_UP = 2_000;
const CUSTOMERS = { full: 10_000, quick: 1_000, smoke: 40 };

const RATE = { figure: 'perSecond', unit: '/s' } as const;

export const eventsAccepted: Row = {
  name: 'events-accepted',
  title: 'Events accepted durably, over HTTP, of known customers',
  lines: [
    {
      what: 'batches of 100, 8 connections',
      side: 'kairos',
      ...RATE,
      against: { side: 'indexed', label: 'insertMany, same indexes', better: 'more', target: 0.5 },
    },
    {
      what: 'batches of 100, 8 connections',
      side: 'kairos',
      ...RATE,
      against: { side: 'plain', label: 'insertMany, no indexes', better: 'more' },
    },
    { what: 'the same, while the router works', side: 'routing', ...RATE },
    {
      what: 'accepted and routed, both at once',
      side: 'routing',
      figure: 'routedPerSecond',
      unit: '/s',
    },
    { what: 'CPU per event: API', side: 'kairos', figure: 'apiMs', unit: 'ms' },
    { what: 'CPU per event: MongoDB', side: 'kairos', figure: 'mongodMs', unit: 'ms' },
    { what: 'single calls, 8 connections', side: 'singles', ...RATE },
    { what: 'single calls, p50', side: 'singles', figure: 'p50Ms', unit: 'ms' },
    { what: 'single calls, p95', side: 'singles', figure: 'p95Ms', unit: 'ms' },
  ],
  async prepare(ground) {
    const { kairos } = ground;
    const people = ground.scale(CUSTOMERS);
    await knowCustomers(ground, people);
    const calls = (count: number): Call[] =>
      range(0, count).map((number) => productViewed(number % people));
    const pattern = await storedPattern(kairos);
    await makeIndexed(ground);
    const events = ground.scale(EVENTS);
    return {
      sides: {
        plain: insertSide(ground, 'benchPlain', pattern, events),
        indexed: insertSide(ground, 'benchIndexed', pattern, events),
        kairos: acceptSide(ground, () => calls(events)),
        singles: singlesSide(ground, () => calls(ground.scale(SINGLES))),
        routing: routingSide(ground, () => calls(events)),
      },
      async warmUp() {
        const few = Math.min(events, WARM_UP);
        await insertSide(ground, 'benchPlain', pattern, few)(-1);
        await insertSide(ground, 'benchIndexed', pattern, few)(-1);
        await post(kairos, batches(calls(few)));
      },
    };
  },
};

/** Acceptance alone: nobody routes meanwhile, as when the router runs on another machine. */
function acceptSide(ground: Ground, make: () => Call[]): Side {
  return () =>
    withoutRouter(ground, async () => {
      const calls = make();
      const bodies = bodiesOf(batches(calls));
      const clock = ground.clock();
      await postBodies(ground.kairos, bodies);
      const { ms, cpu } = clock();
      await expectStored(ground, calls);
      return {
        perSecond: (calls.length / ms) * 1_000,
        apiMs: (cpu.api ?? NaN) / calls.length,
        mongodMs: (cpu.mongod ?? NaN) / calls.length,
      };
    });
}

function singlesSide(ground: Ground, make: () => Call[]): Side {
  return () =>
    withoutRouter(ground, async () => {
      const calls = make();
      let tookMs: number[] = [];
      const ms = await timed(async () => {
        tookMs = await postSingles(ground.kairos, calls);
      });
      await expectStored(ground, calls);
      const [p50Ms, p95Ms] = [percentile(tookMs, 50), percentile(tookMs, 95)];
      return { perSecond: (calls.length / ms) * 1_000, p50Ms, p95Ms };
    });
}

function routingSide(ground: Ground, make: () => Call[]): Side {
  return async () => {
    const calls = make();
    const bodies = bodiesOf(batches(calls));
    const startedAt = performance.now();
    const ms = await timed(() => postBodies(ground.kairos, bodies));
    await routed(ground.kairos);
    const routedMs = performance.now() - startedAt;
    await expectStored(ground, calls);
    const perSecond = (count: number): number => (calls.length / count) * 1_000;
    return { perSecond: perSecond(ms), routedPerSecond: perSecond(routedMs) };
  };
}

/** The limit: the same documents by the plain driver, same batches, connections, write concern. */
function insertSide(ground: Ground, name: string, pattern: StoredEvent, count: number): Side {
  const collection = ground.kairos.mongo.db.collection<StoredEvent>(name);
  return async () => {
    const before = await collection.countDocuments({});
    const documents = range(0, count).map((place) => anotherOf(pattern, place, randomUUID()));
    const ms = await timed(() =>
      inLanes(batches(documents, BATCH), CONNECTIONS, async (batch) => {
        await collection.insertMany(batch, { ordered: false });
      }),
    );
    expectCount('documents', (await collection.countDocuments({})) - before, count);
    return { perSecond: (count / ms) * 1_000 };
  };
}

/** A collection with the indexes of the event log. */
async function makeIndexed({ kairos }: Ground): Promise<void> {
  const indexes = await kairos.mongo.collections.events.indexes();
  const own = indexes.filter(({ name }) => name !== '_id_');
  await kairos.mongo.db.collection('benchIndexed').createIndexes(own);
}

/** The tests, which judge no speed, are spared the start of a worker. */
async function withoutRouter<T>(ground: Ground, work: () => Promise<T>): Promise<T> {
  if (ground.size === 'smoke') return work();
  await ground.kairos.kill('worker');
  const result = await work();
  ground.kairos.run('worker');
  await routed(ground.kairos);
  return result;
}

async function expectStored(ground: Ground, calls: readonly Call[]): Promise<void> {
  const _id = { $in: calls.map(({ messageId }) => messageId) };
  const stored = await ground.kairos.mongo.collections.events.countDocuments({ _id });
  expectCount('events stored', stored, calls.length);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
