import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '#cli/wait-until.ts';
import { event as anyEvent } from '#domain/apply/fold-input.example.ts';
import type { EventState, StoredEvent } from '#domain/event/event.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import { createEventStore } from '#events/event-store.ts';
import { checkRetention } from '#journeys/check-retention.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { createBackfillRetention } from '#platform/backfill-retention.ts';
import { createLogger } from '#platform/logger.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import type { Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { openTestDatabase } from '#test/support/tracking-app.ts';
import { journey } from '#test/support/shop-customer.ts';

/** The tests' MongoDB looks each second for what has expired. */
const WITHIN_MS = 20_000;

const retention = RetentionSetting.parse('');

const event = (id: string, received: number, change: Partial<StoredEvent> = {}): StoredEvent =>
  anyEvent('Page Viewed', {
    ...{ _id: id, partition: 1, occurredAt: received, receivedAt: received, pending: true },
    ...change,
  });

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('retention');
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const longAgo = Date.now() - 500 * DAY_MS;
const left = async (): Promise<string[]> =>
  (await mongo.collections.events.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);

describe('MongoDB deletes', () => {
  it('events that are old enough and routed, and none that is still waiting', async () => {
    const store = createAcceptStore(mongo.collections, retention, () => longAgo);
    const events = createEventStore(mongo.collections, retention);
    const at = (state: EventState): Partial<StoredEvent> => ({ state });
    await store.insert([
      event('accepted-long-ago', longAgo),
      event('applied-long-ago', longAgo, at('applied')),
      event('routed-long-ago', longAgo, at('applied')),
      event('routed-lately', Date.now(), at('applied')),
      event('happened-long-ago', Date.now(), { ...at('applied'), occurredAt: longAgo }),
      event('order', longAgo, { ...at('applied'), name: 'Order Completed' }),
      event('consent', longAgo, {
        ...at('applied'),
        consents: { email: { granted: true, source: 'form' } },
      }),
      event('set-aside', longAgo),
    ]);
    const routed = ['routed-long-ago', 'routed-lately', 'happened-long-ago', 'order', 'consent'];
    await events.markRouted(routed);
    await events.setAside('set-aside', 'TypeError');
    await waitUntil(async () => !(await left()).includes('routed-long-ago'), {
      timeoutMs: WITHIN_MS,
    });
    expect(await left()).toEqual([
      'accepted-long-ago',
      'applied-long-ago',
      'consent',
      'happened-long-ago',
      'order',
      'routed-lately',
      'set-aside',
    ]);
  }, 60_000);

  it('by an index that holds nothing but what may expire', async () => {
    const indexes = await mongo.collections.events.indexes();
    expect(indexes.find(({ name }) => name === 'expired')).toMatchObject({
      key: { expiresAt: 1 },
      expireAfterSeconds: 0,
      partialFilterExpression: { state: 'routed' },
    });
    for (const name of ['runs', 'messages', 'merges'] as const) {
      const own = await mongo.db.collection(name).indexes();
      expect(own.find(({ key }) => 'expiresAt' in key)).toMatchObject({ sparse: true });
    }
  });

  it('by the new index also where an earlier version had made its own', async () => {
    const { events } = mongo.collections;
    await events.dropIndex('expired');
    await events.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 }, {});
    await ensureIndexes(mongo.collections);
    const names = (await events.indexes()).map(({ name }) => name);
    expect(names).toContain('expired');
    expect(names).not.toContain('expiresAt_1');
  });
});

describe('what an earlier version stored', () => {
  const endedAt = Date.now() - 100 * DAY_MS;
  const kept = 400 * DAY_MS;
  const expiryOf = async (name: 'events' | 'runs' | 'messages'): Promise<[string, unknown][]> => {
    const rows = mongo.db.collection<{ _id: string; expiresAt?: Date }>(name).find();
    const found = await rows.sort({ _id: 1 }).toArray();
    return found.map(({ _id, expiresAt }) => [_id, expiresAt?.getTime()]);
  };
  const run = (id: string, journey: string, change: object = {}): object => ({
    ...{ _id: id, journey, version: 1, status: 'completed', enteredAt: endedAt, endedAt },
    ...{ entry: { kind: 'event' }, goal: null, ...change },
  });
  const version = (key: string, reentry?: string): object => ({
    ...{ _id: `${key}@1`, journey: key, version: 1 },
    definition: { key, entry: { event: 'X', ...(reentry === undefined ? {} : { reentry }) } },
  });
  const put = async (name: string, rows: object[]): Promise<void> => {
    await mongo.db.collection(name).deleteMany({});
    await mongo.db.collection(name).insertMany(rows);
  };
  const backfill = (): Promise<void> =>
    createBackfillRetention({
      ...{ db: mongo.db, collections: mongo.collections, retention, runsKept: kept },
      ...{ clock: Date.now, logger: createLogger('test', 'silent'), pageSize: 3 },
    })(new AbortController().signal);

  it('gets its end, and nothing that is kept for good', async () => {
    await put('events', [
      event('1-visit', endedAt),
      event('2-order', endedAt, { name: 'Order Completed' }),
      event('3-set-aside', endedAt, { fault: 'TypeError' }),
      { ...event('4-known', endedAt), expiresAt: new Date(1) },
      event('5-visit', endedAt),
    ]);
    await put('journeyVersions', [version('always', 'always'), version('once')]);
    await put('runs', [
      run('1-ended', 'always'),
      run('2-under-way', 'always', { status: 'running', endedAt: null }),
      run('3-proof', 'once'),
      run('4-terminated', 'always', { status: 'failed', outcome: 'terminated' }),
    ]);
    await put('messages', [{ _id: '1', status: 'delivered', updatedAt: endedAt }]);
    // Two workers that start at the same time share the work.
    await Promise.all([backfill(), backfill()]);
    await backfill();
    expect(await expiryOf('events')).toEqual([
      ['1-visit', endedAt + kept],
      ['2-order', undefined],
      ['3-set-aside', undefined],
      ['4-known', 1],
      ['5-visit', endedAt + kept],
    ]);
    expect(await expiryOf('runs')).toEqual([
      ['1-ended', endedAt + kept + DAY_MS],
      ['2-under-way', undefined],
      ['3-proof', undefined],
      ['4-terminated', endedAt + kept + DAY_MS],
    ]);
    expect(await expiryOf('messages')).toEqual([['1', endedAt + kept]]);
  });

  it('is walked through once', async () => {
    await put('events', [event('0-later', endedAt)]);
    await backfill();
    expect(await expiryOf('events')).toEqual([['0-later', undefined]]);
  });
});

describe('a journey', () => {
  const faultsOf = (entry: object): unknown => {
    const parsed = parseJourney(journey('looks-back', { leave: { end: 'done' } }, { entry }));
    return parsed.ok ? checkRetention(parsed.journey, retention) : parsed.faults;
  };
  const lookingBack = (event: string, within: string): object => ({
    becomes: { event, atLeast: 2, within },
  });

  it('that looks back further than events are kept is told at publish', () => {
    expect(faultsOf(lookingBack('Product Viewed', 'P3Y'))).toEqual([
      {
        pointer: '#/entry/becomes',
        detail: expect.stringMatching(
          /looks back P3Y at `Product Viewed`.*kept for 400 days.*KAIROS_RETENTION/,
        ),
      },
    ]);
  });

  it('may look back as far as events are kept, and at orders for ever', () => {
    expect(faultsOf(lookingBack('Product Viewed', 'P90D'))).toEqual([]);
    expect(faultsOf(lookingBack('Order Completed', 'P10Y'))).toEqual([]);
    expect(faultsOf(lookingBack('Signed Up', 'P3Y'))).toEqual([]);
  });
});
