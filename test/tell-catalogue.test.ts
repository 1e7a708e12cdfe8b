import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { applyBatch } from '#activities/router/apply-batch.ts';
import { tellCatalogue, type TellDeps } from '#activities/tell-catalogue.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { mergeId } from '#domain/merge/merge-events.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Interest } from '#domain/profile/profile.ts';
import { createLogger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createChangeStore, type StoredProductChange } from '#products/change-store.ts';
import {
  createProductStore,
  ensureProductIndexes,
  type ProductStore,
} from '#products/product-store.ts';
import { wireEventPath } from './support/event-path.ts';
import { openTestDatabase } from './support/tracking-app.ts';

/** Three pages. */
const CROWD = 450;
const MORNING = Date.UTC(2026, 10, 22, 8);

let mongo: Mongo;
let products: ProductStore;
let deps: TellDeps;
let now: number;
beforeAll(async () => {
  mongo = await openTestDatabase('tell-catalogue');
  await ensureProductIndexes(mongo.db);
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const nameOf = (index: number): string => `p${String(index).padStart(4, '0')}`;

beforeEach(async () => {
  const c = mongo.collections;
  await Promise.all((await mongo.db.collections()).map((one) => one.deleteMany({})));
  now = MORNING;
  products = createProductStore(mongo);
  deps = {
    ...wireEventPath(mongo, () => now),
    products,
    changes: createChangeStore(mongo.db),
    countPending: () => Promise.resolve(0),
    logger: createLogger('test', 'silent'),
  };
  const bed: Interest = { product: 'bed', kinds: { cart: now } };
  const lamp: Interest = { product: 'lamp', kinds: { wishlist: now } };
  const profiles = Array.from({ length: CROWD }, (_, index) => ({
    ...newProfile(nameOf(index), partitionOf(nameOf(index)), now),
    interests: [bed, lamp],
    revision: 1,
  }));
  const other = { ...newProfile('q-other', 0, now), interests: [bed], revision: 1 };
  await c.profiles.insertMany([...profiles, other]);
  await say({ price: 10_000, currency: 'EUR', stock: 40 });
});

const say = (facts: ProductSaid['facts']): ReturnType<ProductStore['put']> =>
  products.put([{ id: 'lamp', language: null, texts: {}, facts, attributes: {} }], now);
const tell = (signal = new AbortController().signal): ReturnType<typeof tellCatalogue> =>
  tellCatalogue(deps, signal);

/** How often each was told. */
async function told(name: string): Promise<Map<string, number>> {
  const events = await mongo.collections.events.find({ name }).toArray();
  const counts = new Map<string, number>();
  for (const { profileId } of events) counts.set(profileId, (counts.get(profileId) ?? 0) + 1);
  return counts;
}
const changes = (): Promise<StoredProductChange[]> =>
  mongo.db.collection<StoredProductChange>('productChanges').find().toArray();

/** Fails in the page after so many, as a crash would. */
function crashAfter(pages: number): void {
  const whole = { ...deps };
  let done = 0;
  deps.transact = (work) => {
    if (done >= pages) throw new Crash();
    done += 1;
    return whole.transact(work);
  };
}
class Crash extends Error {}

async function apply(event: Partial<StoredEvent> & { profileId: string }): Promise<void> {
  const stored: StoredEvent = {
    _id: `event-of-${event.profileId}`,
    partition: partitionOf(event.profileId),
    kind: 'track',
    name: 'Profiles Merged',
    occurredAt: now,
    receivedAt: now,
    place: 0,
    source: 'admin',
    properties: {},
    state: 'accepted',
    pending: true,
    ...event,
  };
  await mongo.collections.events.insertOne(stored);
  await applyBatch(deps, [stored]);
}

describe('a change of a product', () => {
  it('is told to everybody interested, once each, whatever crashes in the middle', async () => {
    expect((await say({ price: 8_000 })).hasNews).toBe(true);
    const whole = deps;
    deps = { ...whole };
    crashAfter(1);
    await expect(tell()).rejects.toThrow(Crash);
    expect((await told('Product Price Dropped')).size).toBe(200);
    // What was told of the page before the crash is told again from its beginning.
    await mongo.db.collection('productChanges').updateOne({}, { $set: { reached: '' } });
    deps = whole;
    expect(await tell()).toEqual({ nextMs: null });
    const counts = await told('Product Price Dropped');
    expect(counts.size).toBe(CROWD);
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
    expect(await changes()).toEqual([]);
    const event = await mongo.collections.events.findOne({ profileId: 'p0000' });
    expect(event).toMatchObject({ source: 'kairos', state: 'accepted', pending: true });
    expect(event?.properties).toMatchObject({ price: 80, old_price: 100, interests: ['wishlist'] });
  });

  it('is told once to two who are found to be one meanwhile, and to each after that is undone', async () => {
    await say({ price: 8_000 });
    const whole = deps;
    deps = { ...whole };
    crashAfter(1);
    await expect(tell()).rejects.toThrow(Crash);
    deps = whole;
    const [early, late] = [nameOf(0), nameOf(CROWD - 1)];
    await apply({ profileId: late, merges: [early] });
    await tell();
    expect((await told('Product Price Dropped')).get(late)).toBe(1);
    now += 1_000;
    const undoes = mergeId(`event-of-${late}`, early);
    await apply({ _id: 'undo', profileId: late, merges: [], undoes, name: 'Merge Undone' });
    now += 1_000;
    await say({ price: 7_000 });
    await tell();
    const after = await mongo.collections.events.countDocuments({
      profileId: { $in: [early, late] },
      'properties.price': 70,
    });
    expect(after).toBe(2);
  });

  it('that is taken back before anybody was told is told to nobody', async () => {
    await say({ price: 8_000 });
    await say({ price: 9_000, stock: 0 });
    expect(await changes()).toMatchObject([{ before: { price: 10_000 }, after: { price: 9_000 } }]);
    await say({ price: 10_000, stock: 40 });
    expect(await changes()).toEqual([]);
    await tell();
    expect(await mongo.collections.events.countDocuments()).toBe(0);
  });

  it('that comes while people are told of another is told after it', async () => {
    await say({ price: 8_000 });
    const whole = deps;
    deps = { ...whole };
    crashAfter(1);
    await expect(tell()).rejects.toThrow(Crash);
    deps = whole;
    await say({ price: 12_000 });
    expect(await changes()).toHaveLength(2);
    await tell();
    expect((await told('Product Price Dropped')).size).toBe(CROWD);
    expect((await told('Product Price Raised')).size).toBe(CROWD);
  });

  it('that changes nothing for anybody is written without a word', async () => {
    expect((await say({ stock: 39 })).hasNews).toBe(false);
    expect((await say({ stock: 39 })).put).toMatchObject([{ outcome: 'unchanged' }]);
    expect(await changes()).toEqual([]);
  });

  it('waits while the events of live customers do', async () => {
    await say({ price: 8_000 });
    const seen: number[] = [];
    deps.countPending = async () => {
      seen.push(await mongo.collections.events.countDocuments());
      return seen.length < 3 ? 2_000 : 0;
    };
    await tell();
    expect(seen.slice(0, 3)).toEqual([0, 0, 0]);
    expect((await told('Product Price Dropped')).size).toBe(CROWD);
  });

  it('is left to another process when this one is about to end, however long the router takes', async () => {
    await say({ price: 8_000 });
    const ending = new AbortController();
    deps.countPending = () => {
      ending.abort(new Crash());
      return Promise.resolve(2_000);
    };
    await expect(tell(ending.signal)).rejects.toThrow(Crash);
    expect(await changes()).toHaveLength(1);
  });

  it('finds those interested by an index of them alone', async () => {
    const plan = await mongo.collections.profiles
      .find({ 'interests.product': 'lamp', _id: { $gt: '' } })
      .sort({ _id: 1 })
      .explain('queryPlanner');
    const text = JSON.stringify(plan);
    expect(text).toContain('"indexName":"interested"');
    expect(text).not.toContain('"stage":"SORT"');
  });
});

describe('a sale', () => {
  it('is told when it begins and when it ends, with nobody saying so', async () => {
    const [from, until] = [now + 3_600_000, now + 7_200_000];
    const said = await say({ salePrice: 6_000, saleFrom: from, saleUntil: until });
    expect(said.hasNews).toBe(true);
    expect(await tell()).toEqual({ nextMs: 3_600_000 });
    expect(await mongo.collections.events.countDocuments()).toBe(0);
    now = from;
    expect(await tell()).toEqual({ nextMs: 3_600_000 });
    const begun = await mongo.collections.events.findOne({ name: 'Product Price Dropped' });
    expect(begun?.properties).toMatchObject({
      ...{ price: 60, old_price: 100, drop_percent: 40, on_sale: true },
      sale_ends_at: new Date(until).toISOString(),
    });
    now = until + 5;
    expect(await tell()).toEqual({ nextMs: null });
    expect((await told('Product Price Raised')).size).toBe(CROWD);
    expect(await products.find('lamp')).not.toHaveProperty('turnsAt');
  });
});

describe('two who write one product at once', () => {
  it('both get their word in, and each change is told', async () => {
    const all = Array.from({ length: 8 }, (_, at) => say({ lowStock: at, price: 9_000 - at }));
    await Promise.all(all);
    expect(await products.find('lamp')).toMatchObject({ revision: 9 });
    const [change, ...others] = await changes();
    expect(others).toEqual([]);
    expect(change).toMatchObject({ before: { price: 10_000 }, revision: 9 });
  });
});
