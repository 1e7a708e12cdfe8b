import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyBatch } from '#activities/router/apply-batch.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { PARTITIONS } from '#domain/profile/identity.ts';
import type { StoredIdentity } from '#platform/identity-documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import { Fenced } from '#platform/transaction.ts';
import { defineSegment, wireEventPath } from '#test/support/event-path.ts';
import { openTestDatabase, wireTracking } from '#test/support/tracking-app.ts';

const START = Date.UTC(2026, 2, 1);
/** Ms between calls. */
const STEP = 1_000;
/** Far more turns than a case has events: who is not done by then never will be. */
const TURNS_MAX = 500;
const TEST_TIMEOUT_MS = 120_000;

const PEOPLE = ['1', '2', '3'];
/** By one name mostly, so that a customer is several for a while. */
const NAMES = [
  ['anonymousId'],
  ['anonymousId'],
  ['userId'],
  ['userId', 'anonymousId'],
  ['userId', 'anonymousId'],
  ['email'],
];
const call = fc
  .record({
    person: fc.constantFrom(...PEOPLE),
    names: fc.constantFrom(...NAMES),
    device: fc.constantFrom('a', 'b', 'c'),
    said: fc.oneof(
      fc.constantFrom('red', 'blue').map((colour) => ({ traits: { colour } })),
      fc.constantFrom('o1', 'o2').map((order) => ({ order })),
    ),
  })
  .map(({ person, names, device, said }) => {
    const email = names.includes('email') ? { email: `${person}@shop.example` } : {};
    const isOrder = 'order' in said;
    return {
      ...(names.includes('userId') && { userId: person }),
      // An address alone is nobody's call: it comes from a device.
      ...((names.includes('anonymousId') || !names.includes('userId')) && {
        anonymousId: person + device,
      }),
      ...(isOrder
        ? {
            ...{ type: 'track', event: 'Order Completed' },
            properties: { order_id: `${person}-${said.order}`, revenue: 20 },
            context: { traits: email },
          }
        : { type: 'identify', traits: { ...said.traits, ...email } }),
    };
  });

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('two-lanes');
  const twice = { event: 'Order Completed', atLeast: 2 };
  await defineSegment(mongo, 'twice', { condition: twice, at: START });
  await defineSegment(mongo, 'red', { condition: { attribute: 'colour', is: 'red' }, at: START });
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

interface Stood {
  events: StoredEvent[];
  identities: StoredIdentity[];
}

/** All is accepted before anything is applied: whose events are one's is to be found out by that. */
async function accepted(calls: readonly object[]): Promise<Stood> {
  await stand({ events: [], identities: [] });
  let now = START;
  const { accept } = wireTracking(mongo, { clock: () => now });
  for (const [index, one] of calls.entries()) {
    now += STEP;
    await accept([{ ...one, messageId: `e${String(index)}` }], { source: 'server' });
  }
  const { events, identities } = mongo.collections;
  return { events: await events.find().toArray(), identities: await identities.find().toArray() };
}

async function stand({ events, identities }: Stood): Promise<void> {
  const c = mongo.collections;
  const all = [c.profiles, c.orders, c.merges, c.events, c.identities, c.conflicts];
  await Promise.all(all.map((one) => one.deleteMany({})));
  if (events.length > 0) await c.events.insertMany(events);
  if (identities.length > 0) await c.identities.insertMany(identities);
}

/** As one process applies the events of its partitions, until none waits anywhere. */
async function work(partitions: readonly number[], limit: number): Promise<void> {
  const deps = wireEventPath(mongo, () => START + 3_600_000);
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const waiting = await deps.events.pending(partitions, 'accepted', { limit });
    // What another lane sends over may be on its way.
    if (waiting.length === 0 && (await mongo.collections.events.findOne(ACCEPTED)) === null) return;
    try {
      if (waiting.length > 0) await applyBatch(deps, waiting);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
    }
  }
  throw new Error('events wait for ever');
}
const ACCEPTED = { state: 'accepted' } as const;

/** What became of each person, under no particular profile id. */
async function outcome(): Promise<unknown[]> {
  const c = mongo.collections;
  const [profiles, identities, orders, events] = await Promise.all([
    c.profiles.find({ mergedInto: null }).toArray(),
    c.identities.find({ kind: { $in: ['external', 'anonymous', 'email'] } }).toArray(),
    c.orders.find().toArray(),
    c.events.find({ source: 'server' }).toArray(),
  ]);
  const of = (rows: readonly { _id: string; profileId: string }[], profileId: string): string[] =>
    rows.flatMap((row) => (row.profileId === profileId ? [row._id] : [])).sort();
  const people = profiles.map(({ _id, attributes, traits, segments = [] }) => ({
    ...{ attributes, events: of(events, _id), names: of(identities, _id) },
    ...{ first: traits.first_seen_at, last: traits.last_seen_at },
    ...{ count: traits.orders_count, spent: traits.total_spent },
    // Of an order said twice the one that was applied first tells when it was made.
    orders: orders
      .filter(({ profileId }) => profileId === _id)
      .map(({ orderId, revenue }) => `${orderId}: ${String(revenue)}`)
      .sort(),
    segments: segments.map(({ key }) => key).sort(),
  }));
  return people.sort((one, other) => one.names.join().localeCompare(other.names.join()));
}

const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);

describe('events of customers who are merged', () => {
  it(
    'end the same in two lanes of partitions as in one',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(call, { minLength: 8, maxLength: 20 }),
          fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
          async (calls, [first, second]) => {
            const stood = await accepted(calls);
            await stand(stood);
            await work(ALL, 300);
            const inOne = await outcome();
            await stand(stood);
            const lanes = [0, 1].map((lane) => ALL.filter((partition) => partition % 2 === lane));
            await Promise.all([work(lanes[0] ?? [], first), work(lanes[1] ?? [], second)]);
            expect(await outcome()).toEqual(inOne);
          },
        ),
        { numRuns: 30 },
      );
    },
    TEST_TIMEOUT_MS,
  );
});
