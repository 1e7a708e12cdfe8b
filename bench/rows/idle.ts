import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Ground } from '../ground.ts';
import { batches, knowCustomers, post, range, routed, customerId, type Call } from '../load.ts';
import { cpuMs, memoryMb } from '../process-usage.ts';
import { expectCount, type Figures, type LineSpec, type Row } from '../row.ts';
import { randomUUID } from 'node:crypto';

const RUNS = { full: 10_000, quick: 300, smoke: 20 };
const QUIET_MS = { full: 60_000, quick: 10_000, smoke: 1_000 };
/** Some seconds in which checkpoints and acknowledgements of the starts come to an end. */
const SETTLE_MS = { full: 10_000, quick: 3_000, smoke: 100 };
const WITHIN_MS = 600_000;

const PROCESSES = ['mongod', 'temporal', 'worker', 'api'] as const;
const JOURNEY = 'waits-long';
const ENTRY = 'Wishlist Begun';

const WAITS_LONG = {
  key: JOURNEY,
  name: 'Waits long',
  entry: { event: ENTRY, reentry: 'always' },
  start: 'month',
  steps: { month: { wait: 'P30D', next: 'leave' }, leave: { end: 'done' } },
};

const title = { mongod: 'MongoDB', temporal: 'Temporal', worker: 'worker', api: 'API' };

const line = (what: string, figure: string, unit: LineSpec['unit']): LineSpec => ({
  what,
  side: 'kairos',
  figure,
  unit,
});

export const idle: Row = {
  name: 'idle',
  title: 'Ten thousand customers in the middle of a wait of a month',
  once: true,
  lines: [
    ...PROCESSES.flatMap((name) => [
      line(`memory before: ${title[name]}`, `${name}BeforeMb`, 'MB'),
      line(`memory with all runs waiting: ${title[name]}`, `${name}AfterMb`, 'MB'),
    ]),
    ...PROCESSES.map((name) => line(`CPU at rest: ${title[name]}`, `${name}Percent`, '%')),
    line('disk per run: MongoDB', 'mongodKb', 'KB'),
    line('disk per run: Temporal', 'temporalKb', 'KB'),
    line('runs begun per second', 'perSecond', '/s'),
  ],
  async prepare(ground) {
    await ground.kairos.publish(WAITS_LONG);
    await knowCustomers(ground, ground.scale(RUNS));
    return { sides: { kairos: () => waitAll(ground) } };
  },
};

async function waitAll(ground: Ground): Promise<Figures> {
  const { kairos } = ground;
  const count = ground.scale(RUNS);
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await pause(ground.scale(SETTLE_MS));
  const before = { memory: memoryOf(ground), disk: await diskOf(ground) };
  const startedAt = performance.now();
  await post(kairos, batches(range(0, count).map(entryOf)));
  await routed(kairos, WITHIN_MS);
  const { runs } = kairos.mongo.collections;
  const waiting = { journey: JOURNEY, status: 'running', 'latest.seq': 1 } as const;
  const areWaiting = async (): Promise<true | null> =>
    (await runs.countDocuments(waiting)) >= count ? true : null;
  await kairos.until('all runs to wait', areWaiting, WITHIN_MS);
  const ms = performance.now() - startedAt;
  await pause(ground.scale(SETTLE_MS));
  const query = `WorkflowType = "${JOURNEY}" AND ExecutionStatus = "Running"`;
  expectCount('workflows waiting', (await kairos.temporal.workflow.count(query)).count, count);
  const cpuBefore = cpuOf(ground);
  const quietMs = ground.scale(QUIET_MS);
  await pause(quietMs);
  const cpu = cpuOf(ground).map((spent, index) => (spent - (cpuBefore[index] ?? NaN)) / quietMs);
  const [memory, disk] = [memoryOf(ground), await diskOf(ground)];
  expectCount('runs waiting still', await runs.countDocuments(waiting), count);
  const perRunKb = (after: number, once: number): number => (after - once) / count / 1024;
  return {
    ...figures('BeforeMb', before.memory),
    ...figures('AfterMb', memory),
    ...figures(
      'Percent',
      cpu.map((share) => share * 100),
    ),
    mongodKb: perRunKb(disk.mongod, before.disk.mongod),
    temporalKb: perRunKb(disk.temporal, before.disk.temporal),
    perSecond: (count / ms) * 1_000,
  };
}

function entryOf(number: number): Call {
  const [userId, messageId] = [customerId(number), randomUUID()];
  return { type: 'track', userId, messageId, event: ENTRY, properties: { list: 'spring' } };
}

function memoryOf({ pids }: Ground): number[] {
  return PROCESSES.map((name) => memoryMb(pids[name] ?? NaN));
}

function cpuOf({ pids }: Ground): number[] {
  return PROCESSES.map((name) => cpuMs([pids[name] ?? NaN]));
}

function figures(suffix: string, values: readonly number[]): Figures {
  return Object.fromEntries(PROCESSES.map((name, index) => [name + suffix, values[index] ?? NaN]));
}

/** Bytes of data and indexes in Mongo (compressed, as they lie there), and of Temporal's files. */
async function diskOf({ kairos, servers }: Ground): Promise<{ mongod: number; temporal: number }> {
  // What is not yet written to the files is not counted in their size.
  await kairos.mongo.db.admin().command({ fsync: 1 });
  const stats = await kairos.mongo.db.stats();
  const mongod = Number(stats.storageSize) + Number(stats.indexSize);
  return { mongod, temporal: await folderBytes(servers.temporalDir) };
}

async function folderBytes(dir: string | undefined): Promise<number> {
  if (dir === undefined) return NaN;
  const files = await readdir(dir);
  const sizes = await Promise.all(
    files.map(async (name) => (await stat(path.join(dir, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
