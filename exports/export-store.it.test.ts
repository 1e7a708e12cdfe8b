import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { createExportStore } from './export-store.ts';
import { createOpenExport } from './open-export.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW = Date.UTC(2026, 2, 8, 12);
const LATE = NOW - 2 * MINUTE_MS;
/** One a minute, and many in one millisecond, as batches come in. */
const OLD = 5_000;
const AT_ONCE = 250;

let mongo: Mongo;
/** Of the event that is not applied yet. */
let waitingId: string;
beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-export-store');
  await mongo.db.dropDatabase();
  await ensureIndexes(mongo.collections);
  const old = Array.from({ length: OLD }, (_, at) => eventOf(NOW - (at + 62) * MINUTE_MS, at));
  const late = Array.from({ length: AT_ONCE }, (_, at) => eventOf(LATE, OLD + at));
  const waiting = { ...eventOf(NOW - 1_000, 99_999), state: 'accepted', pending: true } as const;
  waitingId = waiting._id;
  await mongo.collections.events.insertMany([...late, ...old, waiting]);
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

/** Ids say nothing of the order in which events came in. */
function eventOf(receivedAt: number, number: number): StoredEvent {
  return {
    ...{ _id: `e-${String((number * 7_919) % 100_003)}`, profileId: 'p', partition: 1 },
    ...{ kind: 'track', name: 'Looked', source: 'server', state: 'routed', place: 0 },
    ...{ occurredAt: receivedAt, receivedAt, properties: {} },
  };
}

async function exported(since: number | null, clock = NOW): Promise<string[]> {
  return (await polled(since, clock)).ids;
}

async function polled(
  since: number | null,
  clock: number,
): Promise<{ ids: string[]; next: number | null }> {
  const setting = { currency: 'EUR', clock: () => clock };
  const open = createOpenExport(createExportStore(mongo.collections, mongo.db), setting);
  const ask = {
    what: { table: 'events' },
    format: 'ndjson',
    formulas: 'keep',
    bom: false,
  } as const;
  let text = '';
  const { body, nextSince: next } = await open({ ...ask, since, until: null });
  for await (const part of body) text += String(part);
  const lines = text.split('\n').filter((line) => line !== '');
  return {
    ids: lines.map((line) => (JSON.parse(line) as { message_id: string }).message_id),
    next,
  };
}

describe('an export of events', () => {
  it('since an hour ago reads that hour by the index, whatever else there is', async () => {
    await mongo.db.command({ profile: 2 });
    const ids = await exported(NOW - HOUR_MS);
    await mongo.db.command({ profile: 0 });
    expect(new Set(ids).size).toBe(AT_ONCE);
    expect(ids).toHaveLength(AT_ONCE);
    const reads = await mongo.db
      .collection<ProfiledRead>('system.profile')
      .find({ op: 'query', ns: `${mongo.db.databaseName}.events` })
      .toArray();
    expect(reads.length).toBeGreaterThan(2);
    const plans = reads.flatMap(({ planSummary }) => planSummary.split(/, (?=IXSCAN)/));
    expect(new Set(plans)).toEqual(
      new Set([
        'IXSCAN { receivedAt: 1, _id: 1 }',
        // The one look for the oldest that waits.
        'IXSCAN { partition: 1, receivedAt: 1, place: 1 }',
      ]),
    );
    expect(reads.some(({ hasSortStage }) => hasSortStage === true)).toBe(false);
    // A few more than there are: each page looks where the next one would go on.
    const few = AT_ONCE + 5 * reads.length;
    expect(sum(reads.map(({ docsExamined }) => docsExamined))).toBeLessThanOrEqual(few);
    expect(sum(reads.map(({ keysExamined }) => keysExamined))).toBeLessThanOrEqual(few);
  });

  it('has every applied event once, oldest first, and ends though others go on coming in', async () => {
    const all = await exported(null);
    expect(new Set(all).size).toBe(OLD + AT_ONCE);
    expect(all).toHaveLength(OLD + AT_ONCE);
    const oldest = eventOf(NOW - (OLD + 61) * MINUTE_MS, OLD - 1);
    expect(all[0]).toBe(oldest._id);
    expect(await exported(null, NOW - HOUR_MS)).toHaveLength(OLD);
  });

  it('asked again and again has each once, however long one waits to be applied', async () => {
    const { events } = mongo.collections;
    const start = NOW + HOUR_MS;
    const minute = (count: number): number => start + count * MINUTE_MS;
    const waiting = { state: 'accepted', pending: true } as const;
    const [slow, ...rest] = [1, 2, 3].map((at) => eventOf(minute(at), 90_000 + at));
    if (slow === undefined) throw new Error('there are three');
    await events.deleteOne({ _id: waitingId });
    await events.insertMany([{ ...slow, ...waiting }, ...rest]);
    const since = (await polled(start, minute(0))).next;
    const early = await polled(since, minute(10));
    expect(early).toEqual({ ids: [], next: slow.receivedAt });
    await events.updateOne({ _id: slow._id }, { $set: { state: 'applied' } });
    // Durable only after somebody asked, though it has its instant from before that.
    const underWay = eventOf(minute(10) - 1_000, 90_004);
    const then = await polled(early.next, minute(10));
    await events.insertOne(underWay);
    const last = await polled(then.next, minute(20));
    expect([...then.ids, ...last.ids]).toEqual([slow, ...rest, underWay].map(({ _id }) => _id));
  });
});

describe('an export of orders', () => {
  it('since an instant reads those made since by the index, and none of which only a refund is known', async () => {
    const orders = Array.from({ length: 3_000 }, (_, number) => ({
      ...{ _id: `p|o${String((number * 7_919) % 100_003)}`, profileId: 'p', currency: 'EUR' },
      ...{ orderId: `o${String((number * 7_919) % 100_003)}`, revenue: 100, refunded: 0 },
      ...{ at: NOW - number * MINUTE_MS, eventIds: ['e'], completed: number % 2 === 0 },
    }));
    await mongo.collections.orders.insertMany(orders);
    const store = createExportStore(mongo.collections, mongo.db);
    const since = NOW - 20 * MINUTE_MS;
    await mongo.db.command({ profile: 2 });
    const page = await store.orders({ since, until: NOW, after: null, limit: 5 });
    const at = page.at(-1);
    const after = at === undefined ? null : { at: at.at, id: at._id };
    const rest = await store.orders({ since, until: NOW, after, limit: 500 });
    await mongo.db.command({ profile: 0 });
    const made = [...page, ...rest].map((order) => order.at);
    const expected = [20, 18, 16, 14, 12, 10, 8, 6, 4, 2].map((ago) => NOW - ago * MINUTE_MS);
    expect(made).toEqual(expected);
    const reads = await mongo.db
      .collection<ProfiledRead>('system.profile')
      .find({ op: 'query', ns: `${mongo.db.databaseName}.orders` })
      .toArray();
    expect(sum(reads.map(({ docsExamined }) => docsExamined))).toBeLessThanOrEqual(20);
    expect(reads.some(({ hasSortStage }) => hasSortStage === true)).toBe(false);
  });
});

interface ProfiledRead {
  keysExamined: number;
  docsExamined: number;
  planSummary: string;
  hasSortStage?: boolean;
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
