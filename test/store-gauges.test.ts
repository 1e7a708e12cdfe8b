import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Registry } from 'prom-client';
import { createOwnerHeartbeat } from '#platform/heartbeat.ts';
import { createRegistry } from '#platform/metrics.ts';
import { registerStoreGauges } from '#platform/metrics/store-gauges.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';

const NOW = Date.parse('2026-03-04T05:06:07.000Z');
const MINUTE_MS = 60_000;

let mongo: Mongo;
let registry: Registry;
let now: number;

beforeAll(async () => {
  const uri = process.env.KAIROS_TEST_MONGODB_URI ?? '';
  mongo = await connectMongo(uri.replace(/\/(\?|$)/, '/kairos-store-gauges$1'));
  await mongo.db.dropDatabase();
});
beforeEach(() => {
  now = NOW;
  registry = createRegistry({ withProcess: false });
  registerStoreGauges(registry, mongo, () => now);
});
afterAll(() => mongo.close());

/** Undefined where the gauge is not there. */
async function gauge(name: string): Promise<number | undefined> {
  const found = (await registry.metrics()).split('\n').find((line) => line.startsWith(`${name} `));
  return found === undefined ? undefined : Number(found.split(' ')[1]);
}

describe('the sign of life of the event path', () => {
  const name = 'kairos_router_heartbeat_age_seconds';

  it('is that of the owner which is silent for longest, and absent until each was there', async () => {
    const send = createOwnerHeartbeat(mongo.db, () => now);
    const beat = async (owner: number, owners: number): Promise<void> => {
      await send(owner, owners);
      // Beats wait for no majority, and readers see what a majority has: after this it has both.
      await mongo.db.collection('settled').insertOne({});
    };
    expect(await gauge(name)).toBeUndefined();
    await beat(0, 2);
    now += MINUTE_MS;
    expect(await gauge(name)).toBeUndefined();
    await beat(1, 2);
    now += MINUTE_MS;
    expect(await gauge(name)).toBe(120);
    await beat(0, 2);
    now += MINUTE_MS;
    expect(await gauge(name)).toBe(120);
  });
});

describe('runs that are not started', () => {
  it('are told once they are older than half a minute: a moment is part of every start', async () => {
    const runs = mongo.db.collection<{ _id: string; [field: string]: unknown }>('runs');
    const common = { unstarted: true, partition: 3, status: 'running' };
    await runs.insertMany([
      { _id: 'old', ...common, enteredAt: NOW - MINUTE_MS },
      { _id: 'fresh', ...common, enteredAt: NOW - 20_000 },
      {
        _id: 'held back',
        ...common,
        enteredAt: NOW - MINUTE_MS,
        revived: { count: 3, failedAt: NOW - 1_000, startAt: NOW + 10 * MINUTE_MS },
      },
    ]);
    expect(await gauge('kairos_runs_unstarted')).toBe(1);
    expect(await gauge('kairos_runs_under_way')).toBe(3);
    now += MINUTE_MS;
    expect(await gauge('kairos_runs_unstarted')).toBe(2);
    now += 10 * MINUTE_MS;
    expect(await gauge('kairos_runs_unstarted')).toBe(3);
  });
});
