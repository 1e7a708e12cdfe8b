import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createReviveRuns, type FailedExecution } from '#activities/router/revive-runs.ts';
import { REVIVALS_MAX } from '#domain/journey/revival.ts';
import { createJourneyVersions } from '#journeys/live-journeys.ts';
import { createRunStore } from '#journeys/run-store.ts';
import type { StoredRun } from '#platform/documents.ts';
import { createLogger } from '#platform/logger.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { createProfileStore } from '#profiles/profile-store.ts';

const HOUR = 3_600_000;
const T = 1_700_000_000_000;

function runOf(id: string, changes: Partial<StoredRun> = {}): StoredRun {
  return {
    _id: id,
    journey: 'reviving',
    version: 1,
    profileId: 'p',
    partition: 0,
    entryKey: null,
    entry: { kind: 'event', id: 'e', at: T, event: null, properties: {} },
    status: 'running',
    outcome: null,
    enteredAt: T,
    endedAt: null,
    path: [],
    exits: [],
    listens: { events: [], receipts: false },
    latest: null,
    goal: null,
    conversion: null,
    temporalRunId: null,
    ...changes,
  };
}

describe('reviving the runs whose workflows failed', () => {
  let mongo: Mongo;
  let now = T;
  let failed: FailedExecution[] = [];
  let breaksAfter = Infinity;
  let revived = 0;

  beforeAll(async () => {
    mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'revive-runs');
    await mongo.db.dropDatabase();
    await ensureIndexes(mongo.collections);
    await mongo.collections.journeyVersions.insertOne({
      _id: 'reviving@1',
      journey: 'reviving',
      version: 1,
      definition: {
        key: 'reviving',
        name: 'Reviving',
        entry: { event: 'In', reentry: 'always' },
        start: 'leave',
        steps: { leave: { end: 'left' } },
      },
      publishedAt: 0,
    });
  });
  beforeEach(async () => {
    await mongo.collections.runs.deleteMany({});
    now = T;
    failed = [];
    breaksAfter = Infinity;
    revived = 0;
  });
  afterAll(async () => {
    await mongo.db.dropDatabase();
    await mongo.close();
  });

  /** What Temporal's list answers; it may break off after so many. */
  async function* failedSince(at: number): AsyncIterable<FailedExecution> {
    let count = 0;
    for (const one of failed) {
      await Promise.resolve();
      if ((count += 1) > breaksAfter) throw new Error('Temporal is away');
      if (one.closedAt > at) yield one;
    }
  }

  function worker() {
    const { collections } = mongo;
    return createReviveRuns({
      runs: createRunStore(collections),
      versions: createJourneyVersions(collections),
      profiles: createProfileStore(collections),
      failedSince,
      clock: () => now,
      logger: createLogger('test', 'silent'),
      defaultZone: 'UTC',
      runsKeptMs: 100 * HOUR,
      onRevived: (count) => {
        revived += count;
      },
    });
  }

  function failure(runId: string, closedAt: number): FailedExecution {
    return { runId, temporalRunId: `${runId}-${String(closedAt)}`, closedAt };
  }

  /** What an owner of partitions would start now. */
  async function startable(): Promise<string[]> {
    const ids: string[] = [];
    const store = createRunStore(mongo.collections);
    for await (const run of store.unstarted([0], { before: now, now })) ids.push(run._id);
    return ids;
  }

  it('answers each failure once, whichever worker looks how often', async () => {
    await mongo.collections.runs.insertMany([runOf('a'), runOf('b', { status: 'completed' })]);
    failed = [failure('a', T - 1), failure('b', T - 1)];
    const first = worker();
    await Promise.all([first.look(), first.look(), worker().look()]);
    expect(await startable()).toEqual(['a']);
    await createRunStore(mongo.collections).markStarted({ _id: 'a', ...(await revivedOf('a')) });
    await worker().look();
    expect(await startable()).toEqual([]);
    expect(revived).toBe(1);
  });

  async function revivedOf(id: string): Promise<Pick<StoredRun, 'revived'>> {
    const run = await mongo.collections.runs.findOne({ _id: id });
    return run?.revived === undefined ? {} : { revived: run.revived };
  }

  it('holds one back longer and longer that fails each time, and gives it up in the end', async () => {
    await mongo.collections.runs.insertOne(runOf('again'));
    const reviving = worker();
    for (let count = 0; count < REVIVALS_MAX; count += 1) {
      failed = [failure('again', now)];
      now += 1_000;
      await reviving.look();
      expect(await startable()).toEqual(count === 0 ? ['again'] : []);
      now += HOUR;
      expect(await startable()).toEqual(['again']);
    }
    failed = [failure('again', now)];
    await reviving.look();
    const ended = await mongo.collections.runs.findOne({ _id: 'again' });
    expect(ended).toMatchObject({ status: 'failed', outcome: 'cannotGoOn', endedAt: now });
    expect(ended?.expiresAt?.getTime()).toBe(now + 100 * HOUR);
    expect(await startable()).toEqual([]);
    expect(revived).toBe(REVIVALS_MAX);
  });

  it('comes to all of very many, also when the list breaks off', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `r${String(index)}`);
    await mongo.collections.runs.insertMany(ids.map((id) => runOf(id)));
    failed = ids.map((id) => failure(id, T - 1));
    breaksAfter = 250;
    const reviving = worker();
    await reviving.look();
    expect(revived).toBe(200);
    breaksAfter = Infinity;
    await reviving.look();
    expect(revived).toBe(500);
    expect(new Set(await startable())).toEqual(new Set(ids));
  });

  it('lets a run that was ended in Temporal expire like any other', async () => {
    await mongo.collections.runs.insertOne(runOf('ended', { unstarted: true }));
    await worker().answer('ended', 'ended');
    const ended = await mongo.collections.runs.findOne({ _id: 'ended' });
    expect(ended).toMatchObject({ status: 'failed', outcome: 'terminated', endedAt: T });
    expect(ended?.expiresAt?.getTime()).toBe(T + 100 * HOUR);
    expect(ended).not.toHaveProperty('unstarted');
  });
});
