import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { LookBacks } from '#domain/event/look-back.ts';
import { readPath, type JsonObject } from '#domain/json.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { createEventStore, type EventStore } from '#events/event-store.ts';
import { TooMuchToHold } from '#platform/in-parts.ts';
import type { Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { countCondition, type Counted } from '#segments/count-condition.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { openTestDatabase } from './support/tracking-app.ts';

let mongo: Mongo;
let store: EventStore;
beforeAll(async () => {
  mongo = await openTestDatabase('look-back');
  store = createEventStore(mongo.collections, RetentionSetting.parse(''));
});
beforeEach(async () => {
  await mongo.collections.events.deleteMany({});
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

function order(id: string, profileId: string, properties: JsonObject): StoredEvent {
  return {
    ...{ _id: id, profileId, partition: 0, name: 'Order Completed', properties },
    ...{ occurredAt: 1_000, receivedAt: 1_000, place: 0, state: 'routed', source: 'server' },
  } as StoredEvent;
}

function asked(...paths: string[]): LookBacks {
  return new Map([['Order Completed', { since: 0, paths: new Set(paths) }]]);
}

const NAMES = ['a', 'b', 'a.b', '0', 'length'];
const { content } = fc.letrec<{ value: JsonObject[string]; content: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonObject[string]>(null, true, 5, 'text'),
    tie('content'),
    fc.array(tie('value'), { maxLength: 2 }),
  ),
  content: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 4 }),
}));
const paths = fc.array(
  fc
    .array(fc.constantFrom('a', 'b', '0', 'length', '$x'), { minLength: 1, maxLength: 3 })
    .map((parts) => ['properties', ...parts].join('.')),
  { maxLength: 4 },
);

describe('a look back at events', () => {
  it('finds at every path asked for what the stored event holds there', async () => {
    await fc.assert(
      fc.asyncProperty(content, paths, async (properties, wanted) => {
        await mongo.collections.events.deleteMany({});
        await mongo.collections.events.insertOne(order('e', 'p', properties));
        const past = await store.past(['p'], asked(...wanted));
        const [seen] = past.get('p')?.get('Order Completed') ?? [];
        for (const path of wanted) {
          expect(readPath(seen, path)).toEqual(readPath({ properties }, path));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds nothing of them that is not asked for', async () => {
    await mongo.collections.events.insertOne(
      order('e', 'p', { revenue: 5, products: [{ price: 5, note: 'x'.repeat(9_000) }] }),
    );
    const past = await store.past(['p'], asked('properties.products.0.price'));
    expect(past.get('p')?.get('Order Completed')).toEqual([
      { id: 'e', occurredAt: 1_000, properties: { products: { 0: { price: 5 } } } },
    ]);
  });
});

describe('a count of customers with more events than may be held at once', () => {
  const CUSTOMERS = ['p1', 'p2', 'p3', 'p4', 'p5'];
  beforeEach(async () => {
    const { profiles, events } = mongo.collections;
    await profiles.deleteMany({});
    await profiles.insertMany(CUSTOMERS.map((id) => newProfile(id, 0, 500)));
    // The first bought once, the second twice, and so on: each time for 10.
    const orders = CUSTOMERS.flatMap((id, index) =>
      Array.from({ length: index + 1 }, (_, n) =>
        order(`${id}-${String(n)}`, id, { revenue: 10, note: 'x'.repeat(5_000) }),
      ),
    );
    await events.insertMany(orders);
  });

  async function count(lookBackBytesMax: number): Promise<Counted> {
    const parsed = parseCondition({ event: 'Order Completed', sum: 'properties.revenue', gte: 30 });
    if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
    const settings = {
      ...{ shopCurrency: 'EUR', defaultZone: 'UTC', consentWhenUnknown: CONSENT_WHEN_UNKNOWN },
    };
    return countCondition(
      {
        collections: mongo.collections,
        definitions: await createLiveSegments(mongo.collections).definitions(),
        past: (...read) => store.past(...read),
        given: { settings, now: 2_000 },
        lookBackBytesMax,
      },
      parsed.ok,
    );
  }

  it('is the same, of fewer customers at a time', async () => {
    const paths = asked('properties.revenue');
    await expect(store.past(CUSTOMERS, paths, 1_000)).rejects.toThrow(TooMuchToHold);
    const few = await count(1_000);
    expect(few).toMatchObject({ count: 3, share: { looked: 5, why: null } });
    expect(few).toEqual(await count(Infinity));
  });

  it('weighs what is read of the events, not the events', async () => {
    const whole = 15 * 5_000;
    await expect(store.past(CUSTOMERS, asked('properties.revenue'), whole)).resolves.toBeDefined();
    await expect(store.past(CUSTOMERS, asked('properties.note'), whole)).rejects.toThrow(
      TooMuchToHold,
    );
  });
});
