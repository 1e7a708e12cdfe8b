import type { Ground } from './ground.ts';
import { batches, pendingEvents, post, routed, type Call } from './load.ts';
import { expectCount, type Figures } from './row.ts';

/** A worker that was killed is started again, and what it owned is given away after five seconds. */
const STARTED_MS = 60_000;
const WITHIN_MS = 300_000;
/** Events looked at for the first that is routed. */
const SAMPLED = 100;

/**
 * The backlog is accepted while there is no worker; then one is started, and time is taken from
 * the first event that is seen routed to the last.
 */
export async function routeBacklog(ground: Ground, calls: readonly Call[]): Promise<Figures> {
  const { kairos } = ground;
  await kairos.kill('worker');
  await post(kairos, batches(calls));
  const left = await pendingEvents(kairos);
  expectCount('events waiting', left, calls.length);
  kairos.run('worker');
  const some = drawnEvenly(calls);
  const begun = await kairos.until(
    'the first routed event',
    async () => ((await isOneRouted(ground, some)) ? { clock: ground.clock() } : null),
    STARTED_MS,
  );
  const leftThen = await pendingEvents(kairos);
  await routed(kairos, WITHIN_MS);
  const { ms, cpu } = begun.clock();
  await expectRouted(ground, calls);
  const done = Math.max(1, leftThen);
  return {
    perSecond: (done / ms) * 1_000,
    workerMs: (cpu.worker ?? NaN) / done,
    mongodMs: (cpu.mongod ?? NaN) / done,
  };
}

/** Some of the events: to count them all again and again costs what is measured too much. */
function drawnEvenly(calls: readonly Call[]): Call[] {
  const every = Math.ceil(calls.length / SAMPLED);
  return calls.filter((_, index) => index % every === 0);
}

async function isOneRouted({ kairos }: Ground, some: readonly Call[]): Promise<boolean> {
  const _id = { $in: some.map(({ messageId }) => messageId) };
  const latest = { readConcern: { level: 'local' } } as const;
  const { events } = kairos.mongo.collections;
  return (await events.findOne({ _id, state: 'routed' }, latest)) !== null;
}

/** Fails unless every one of these calls was routed. */
export async function expectRouted({ kairos }: Ground, calls: readonly Call[]): Promise<void> {
  const _id = { $in: calls.map(({ messageId }) => messageId) };
  const { events } = kairos.mongo.collections;
  // As pending events are counted: on a busy machine a majority is some moments behind.
  const latest = { readConcern: { level: 'local' } } as const;
  const found = await events.countDocuments({ _id, state: 'routed' }, latest);
  expectCount('events routed', found, calls.length);
}
