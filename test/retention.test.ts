import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '#cli/wait-until.ts';
import type { EventState, StoredEvent } from '#domain/event/event.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import { createEventStore } from '#events/event-store.ts';
import { checkRetention } from '#journeys/check-retention.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { ensureIndexes, type Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { openTestDatabase } from '#test/support/tracking-app.ts';
import { journey } from '#test/support/shop-customer.ts';

/** The tests' MongoDB looks each second for what has expired. */
const WITHIN_MS = 20_000;

const retention = RetentionSetting.parse('');

function event(id: string, received: number, change: Partial<StoredEvent> = {}): StoredEvent {
  return {
    _id: id,
    profileId: 'p',
    partition: 1,
    kind: 'track',
    name: 'Page Viewed',
    occurredAt: received,
    receivedAt: received,
    place: 0,
    source: 'server',
    properties: {},
    state: 'accepted',
    pending: true,
    ...change,
  };
}

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
    const store = createAcceptStore(mongo.collections, retention);
    const events = createEventStore(mongo.collections);
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
