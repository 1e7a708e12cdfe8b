import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { Postgres } from '#test/support/postgres.ts';
import { WholeKairos } from '#test/support/whole-kairos.ts';

interface Pull {
  id: string;
  status: string;
  rows: number;
  accepted: number;
  rejected: number;
  skipped: number;
  errors: { row: number; key: string | null; column: string | null; detail: string }[];
  cursor: { from: string | null; to: string | null };
  failure: string | null;
  tries: number;
}

interface SourceAnswer {
  status: string;
  consecutiveFailures: number;
  failure: string | null;
  lastSuccessAt: string | null;
  nextPullAt: string | null;
}

const OTHER_DB = 'shop_of_sources_test';

describe('A source', () => {
  let kairos: WholeKairos;
  let postgres: Postgres;
  let shop: MongoClient;

  beforeAll(async () => {
    postgres = await Postgres.start();
    const mongo = (process.env.KAIROS_TEST_MONGODB_URI ?? '').replace(/\/(\?|$)/, `/${OTHER_DB}$1`);
    shop = await new MongoClient(mongo).connect();
    const env = { KAIROS_SOURCE_SHOP: postgres.url, KAIROS_SOURCE_DOCUMENTS: mongo };
    kairos = await WholeKairos.start('sources', { env });
  }, 120_000);

  afterAll(async () => {
    await kairos.stop();
    await shop.db().dropDatabase();
    await shop.close();
    await postgres.stop();
  });

  beforeEach(async () => {
    await postgres.query('DROP TABLE IF EXISTS customers');
    await postgres.query(
      'CREATE TABLE customers (id text PRIMARY KEY, mail text, town text, balance numeric(12,2), born date, vip boolean, created_at timestamptz DEFAULT now(), updated_at timestamptz NOT NULL)',
    );
  });

  const CUSTOMERS = {
    kind: 'postgresql',
    connection: 'SHOP',
    table: 'public.customers',
    cursor: { column: 'updated_at', key: 'id', lookBack: 'PT1H' },
    as: 'profiles',
    map: {
      external_id: 'id',
      email: 'mail',
      attributes: { town: 'town', balance: 'balance', birthday: 'born', vip: 'vip' },
    },
  };

  const pulls = async (key: string): Promise<Pull[]> =>
    (await kairos.call<{ data: Pull[] }>('GET', `/v1/sources/${key}/pulls`)).data;

  /** Asks for a pull and waits for its end. */
  async function pull(key: string, body: object = {}, withinMs = 60_000): Promise<Pull> {
    const before = (await pulls(key)).length;
    await kairos.call('POST', `/v1/sources/${key}/pull`, body);
    return kairos.until(
      `a pull of ${key}`,
      async () => {
        const all = await pulls(key);
        const [newest] = all;
        const isOver = all.length > before && newest !== undefined && newest.status !== 'running';
        return isOver ? newest : null;
      },
      withinMs,
    );
  }

  const profile = (id: string): Promise<{ attributes: Record<string, unknown> }> =>
    kairos.call('GET', `/v1/profiles/external:${id}`);

  it('of rows that share an instant loses none and doubles none', async () => {
    await kairos.call('PUT', '/v1/sources/shared-instants', CUSTOMERS);
    // Three instants, two of them within one millisecond, for 1,300 rows: pages end in their middle.
    await postgres.query(
      `INSERT INTO customers (id, mail, town, balance, born, vip, updated_at)
       SELECT 's' || n, 'S' || n || '@Shop.example', 'Town ' || n, n + 0.25, '1990-01-31', n % 2 = 0,
              timestamptz '2026-03-01 10:00:00.000001+00' + (n % 3) * interval '400 microseconds'
       FROM generate_series(1, 1300) AS n`,
    );
    const first = await pull('shared-instants');
    expect(first).toMatchObject({ status: 'completed', rows: 1_300, accepted: 1_300, rejected: 0 });
    expect(first.cursor).toEqual({ from: null, to: '2026-03-01 10:00:00.000801+00' });
    const { events } = kairos.mongo.collections;
    const inIt = { 'context.import': first.id };
    expect(await events.countDocuments(inIt)).toBe(1_300);
    expect((await events.distinct('profileId', inIt)).length).toBe(1_300);
    const { attributes } = await profile('s1300');
    expect(attributes).toMatchObject({
      email: 's1300@shop.example',
      town: 'Town 1300',
      balance: 1_300.25,
      birthday: '1990-01-31',
      vip: true,
    });
    const all = await events.countDocuments();
    const again = await pull('shared-instants', { from: 'start' });
    expect(again).toMatchObject({ status: 'completed', accepted: 1_300 });
    expect(await events.countDocuments()).toBe(all);
  });

  it('goes on from its cursor, and sees changes and what was committed late', async () => {
    await kairos.call('PUT', '/v1/sources/changing', CUSTOMERS);
    const insert = `INSERT INTO customers (id, town, updated_at) VALUES ($1, $2, $3)`;
    await postgres.query(insert, ['t1', 'Lviv', '2026-03-02 10:00:00+00']);
    // A transaction that began before and is committed after the pull: its row is older than others.
    const late = await postgres.connect();
    await late.query('BEGIN');
    await late.query(insert, ['t2', 'Odesa', '2026-03-02 09:59:00+00']);
    expect(await pull('changing')).toMatchObject({ rows: 1, accepted: 1 });
    await late.query('COMMIT');
    await late.end();
    await postgres.query(
      `UPDATE customers SET town = 'Kyiv', updated_at = '2026-03-02 11:30:00+00' WHERE id = 't1'`,
    );
    const second = await pull('changing');
    expect(second).toMatchObject({ status: 'completed', rows: 2, accepted: 2 });
    expect(second.cursor.from).toBe('2026-03-02 10:00:00+00');
    expect((await profile('t1')).attributes).toMatchObject({ town: 'Kyiv' });
    expect((await profile('t2')).attributes).toMatchObject({ town: 'Odesa' });
    // A change back is a change, although the same was said before.
    await postgres.query(
      `UPDATE customers SET town = 'Lviv', updated_at = '2026-03-02 11:40:00+00' WHERE id = 't1'`,
    );
    await pull('changing');
    expect((await profile('t1')).attributes).toMatchObject({ town: 'Lviv' });
  });

  it('is read once for each row, from the last page on, after its worker was killed', async () => {
    await kairos.call('PUT', '/v1/sources/killed', CUSTOMERS);
    await postgres.query(
      `INSERT INTO customers (id, town, updated_at)
       SELECT 'k' || n, 'Town', timestamptz '2026-03-03 10:00:00+00' + (n / 7) * interval '1 second'
       FROM generate_series(1, 6000) AS n`,
    );
    await kairos.call('POST', '/v1/sources/killed/pull');
    await kairos.until('the middle of the pull', async () => {
      const [now] = await pulls('killed');
      return now !== undefined && now.rows >= 1_000 ? true : null;
    });
    await kairos.kill('worker');
    const [cut] = await pulls('killed');
    expect(cut).toMatchObject({ status: 'running' });
    expect(cut?.rows).toBeLessThan(6_000);
    kairos.run('worker');
    const done = await kairos.until(
      'the end of the pull',
      async () => {
        const [now] = await pulls('killed');
        return now?.status === 'completed' ? now : null;
      },
      90_000,
    );
    expect(done).toMatchObject({ id: cut?.id, rows: 6_000, accepted: 6_000, tries: 2 });
    const inIt = { 'context.import': done.id };
    expect(await kairos.mongo.collections.events.countDocuments(inIt)).toBe(6_000);
  }, 120_000);

  it('that cannot be read is tried again, then told, and goes on when it can be', async () => {
    await kairos.call('PUT', '/v1/sources/failing', CUSTOMERS);
    await postgres.query(`INSERT INTO customers (id, updated_at) VALUES ('f1', '2026-03-04')`);
    await postgres.kill();
    const failed = await pull('failing', {}, 90_000);
    expect(failed).toMatchObject({ status: 'failed', rows: 0, tries: 4 });
    expect(failed.failure).toContain('Nothing answers at the connection’s address');
    const now = await kairos.call<SourceAnswer>('GET', '/v1/sources/failing');
    expect(now).toMatchObject({ status: 'failing', consecutiveFailures: 1, lastSuccessAt: null });
    expect(now.failure).toBe(failed.failure);
    const headers = { authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}` };
    await kairos.until('the gauge', async () => {
      const text = await (await fetch(`${kairos.url}/metrics`, { headers })).text();
      return text.includes('kairos_source_failures_in_a_row{source="failing"} 1') ? true : null;
    });
    await postgres.run();
    expect(await pull('failing')).toMatchObject({ status: 'completed', rows: 1 });
    const well = await kairos.call<SourceAnswer>('GET', '/v1/sources/failing');
    expect(well).toMatchObject({ status: 'waiting', consecutiveFailures: 0, failure: null });
  }, 150_000);

  it('whose definition cannot work says so at once and is not tried again', async () => {
    const missing = { ...CUSTOMERS, cursor: { column: 'changed_at', key: 'id' } };
    await kairos.call('PUT', '/v1/sources/wrong', missing);
    const failed = await pull('wrong');
    expect(failed).toMatchObject({ status: 'failed', tries: 1 });
    expect(failed.failure).toContain('There is no such column');
    await expect(
      kairos.call('PUT', '/v1/sources/unknown', { ...CUSTOMERS, connection: 'NOWHERE' }),
    ).rejects.toThrow('KAIROS_SOURCE_NOWHERE');
    await expect(kairos.call('GET', '/v1/sources/unknown')).rejects.toThrow('404');
  });

  it('tells which rows it did not take, by their keys', async () => {
    await kairos.call('PUT', '/v1/sources/faulty', {
      ...CUSTOMERS,
      as: 'consents',
      map: {
        external_id: 'id',
        channel: { value: 'sms' },
        granted: 'town',
        skip: [{ column: 'vip', is: 'true' }],
      },
    });
    await postgres.query(
      `INSERT INTO customers (id, town, vip, updated_at) VALUES
       ('g1', 'yes', false, '2026-03-05 10:00:00+00'), ('g2', 'perhaps', false, '2026-03-05 10:00:01+00'),
       ('g3@shop.example', 'perhaps', false, '2026-03-05 10:00:02+00'), ('g4', 'yes', true, '2026-03-05 10:00:03+00')`,
    );
    const report = await pull('faulty');
    expect(report).toMatchObject({ rows: 4, accepted: 1, rejected: 2, skipped: 1 });
    const detail = '"town" is neither yes nor no.';
    expect(report.errors).toEqual([
      { row: 2, key: 'g2', column: 'town', detail },
      { row: 3, key: null, column: 'town', detail },
    ]);
    const { consents } = await kairos.call<{ consents: Record<string, unknown> }>(
      'GET',
      '/v1/profiles/external:g1',
    );
    expect(consents).toMatchObject({ sms: { granted: true, at: '2026-03-05T10:00:00.000Z' } });
  });

  it('is shown before it is taken, and nothing of that stays', async () => {
    await postgres.query(
      `INSERT INTO customers (id, mail, town, updated_at) VALUES ('p1', ' P1@Shop.example ', 'Lviv', '2026-03-06')`,
    );
    const before = await kairos.mongo.collections.events.countDocuments();
    const shown = await kairos.call<{ rows: Record<string, unknown>[]; ignored: string[] }>(
      'POST',
      '/v1/sources/not-stored/preview',
      CUSTOMERS,
    );
    expect(shown.rows).toMatchObject([
      {
        outcome: 'accepted',
        cells: { id: 'p1', town: 'Lviv' },
        makes: {
          type: 'identify',
          userId: 'p1',
          traits: { email: 'p1@shop.example', town: 'Lviv' },
        },
        changes: [{ column: 'mail', change: 'e-mail written in lower case, without spaces' }],
      },
    ]);
    expect(shown.ignored).toEqual(['created_at']);
    expect(await kairos.mongo.collections.events.countDocuments()).toBe(before);
    await expect(kairos.call('GET', '/v1/sources/not-stored')).rejects.toThrow('404');
  });

  it('of lines makes orders, however they are mixed and whichever page they are on', async () => {
    await postgres.query('DROP TABLE IF EXISTS lines');
    await postgres.query(
      'CREATE TABLE lines (no serial PRIMARY KEY, basket text, who text, paid timestamptz, sku text, pieces int, each numeric(8,2))',
    );
    // Lines of an order stand a hundred rows apart.
    await postgres.query(
      `INSERT INTO lines (basket, who, paid, sku, pieces, each)
       SELECT 'b' || (n % 100), 'o' || (n % 100 % 10), timestamptz '2026-03-07 10:00:00+00', 'sku' || n, 2, 1.05
       FROM generate_series(0, 299) AS n`,
    );
    await kairos.call('PUT', '/v1/sources/orders', {
      kind: 'postgresql',
      connection: 'SHOP',
      query: 'SELECT * FROM lines -- every one of them',
      cursor: { column: 'no', key: 'no' },
      as: 'orders',
      map: {
        order_id: 'basket',
        external_id: 'who',
        at: 'paid',
        line: { product_id: 'sku', quantity: 'pieces', price: 'each' },
        currency: 'USD',
      },
    });
    expect(await pull('orders')).toMatchObject({ status: 'completed', rows: 300, accepted: 300 });
    const { traits } = await kairos.call<{ traits: Record<string, unknown> }>(
      'GET',
      '/v1/profiles/external:o3',
    );
    expect(traits).toMatchObject({ orders_count: 10, total_spent: 63 });
    expect(await kairos.mongo.db.collection('importLines').countDocuments()).toBe(0);
  });

  it('may be a collection of MongoDB, whose documents differ', async () => {
    const visits = shop.db().collection<{ _id: string } & Record<string, unknown>>('visits');
    const at = new Date('2026-03-08T10:00:00.000Z');
    await visits.insertMany([
      { _id: 'v1', at, customer: { id: 'm1' }, what: 'Quiz Finished', score: 7 },
      { _id: 'v2', at, customer: { id: 'm1' }, what: 'Quiz Finished', tags: ['a', 'b'] },
      { _id: 'v3', at, customer: { id: 'm2' }, what: 'Quiz Finished', draft: true },
    ]);
    await kairos.call('PUT', '/v1/sources/visits', {
      kind: 'mongodb',
      connection: 'DOCUMENTS',
      collection: 'visits',
      filter: '{ "draft": { "$ne": true } }',
      cursor: { column: 'at' },
      as: 'events',
      map: { external_id: 'customer.id', event: 'what', at: 'at', message_id: '_id' },
    });
    expect(await pull('visits')).toMatchObject({ status: 'completed', rows: 2, accepted: 2 });
    const { events } = kairos.mongo.collections;
    expect(await events.findOne({ _id: 'v1' })).toMatchObject({ properties: { score: 7 } });
    await visits.insertOne({
      _id: 'v4',
      at: new Date('2026-03-08T10:02:00.000Z'),
      customer: { id: 'm1' },
      what: 'Quiz Finished',
    });
    const second = await pull('visits');
    // Looked back at, and known already.
    expect(second).toMatchObject({ rows: 3, cursor: { to: '2026-03-08T10:02:00.000Z' } });
    expect(await events.countDocuments({ name: 'Quiz Finished' })).toBe(3);
  });

  it('has a schedule in Temporal that is equal to it, whatever happened between the two', async () => {
    const schedule = { cron: '30 4 * * MON-FRI', zone: 'Europe/Kyiv' };
    await kairos.call('PUT', '/v1/sources/timed', { ...CUSTOMERS, schedule });
    const handle = kairos.temporal.schedule.getHandle('kairos.pull/timed');
    expect((await handle.describe()).spec.timezone).toBe('Europe/Kyiv');
    const next = await kairos.until('the next pull', async () => {
      return (await kairos.call<SourceAnswer>('GET', '/v1/sources/timed')).nextPullAt;
    });
    expect(next).toMatch(/T0[12]:30:00/);
    await kairos.call('PUT', '/v1/sources/timed', { ...CUSTOMERS, schedule, paused: true });
    expect((await handle.describe()).state.paused).toBe(true);
    // As if the process had died between the write and the word to Temporal, then all was lost there.
    const sources = kairos.mongo.db.collection<{ _id: string; revision: number }>('sources');
    const every = JSON.stringify({ ...CUSTOMERS, schedule: { every: 'PT20M' }, paused: false });
    await sources.updateOne(
      { _id: 'timed' },
      { $set: { definition: every }, $inc: { revision: 1 } },
    );
    await kairos.until('the schedule to follow', async () => {
      const { spec, state } = await handle.describe();
      return spec.intervals?.[0]?.every === 1_200_000 && !state.paused ? true : null;
    });
    await handle.delete();
    await kairos.kill('worker');
    kairos.run('worker');
    const again = (): Promise<unknown> => handle.describe().catch(() => null);
    await kairos.until('the schedule to be back', again, 90_000);
    // What it starts is the pull.
    await postgres.query(`INSERT INTO customers (id, updated_at) VALUES ('z1', '2026-03-09')`);
    const end = new Date();
    await handle.backfill({ start: new Date(end.getTime() - 1_200_000), end });
    await kairos.until('the pull of its time', async () => {
      const [newest] = await pulls('timed');
      return newest?.status === 'completed' ? true : null;
    });
    await kairos.call('DELETE', '/v1/sources/timed');
    await expect(handle.describe()).rejects.toThrow();
    await expect(kairos.call('GET', '/v1/sources/timed')).rejects.toThrow('404');
  }, 120_000);

  it('keeps its secret to itself', async () => {
    await kairos.call('PUT', '/v1/sources/secret', CUSTOMERS);
    await pull('secret');
    const told: unknown[] = [await kairos.call('GET', '/v1/sources'), await pulls('secret')];
    for (const name of ['sources', 'pulls', 'events']) {
      told.push(await kairos.mongo.db.collection(name).find().toArray());
    }
    for await (const { workflowId } of kairos.temporal.workflow.list()) {
      if (workflowId.startsWith('kairos.pull/')) {
        told.push(await kairos.temporal.workflow.getHandle(workflowId).fetchHistory());
      }
    }
    const text = JSON.stringify(told);
    expect(text).toContain('kairos.pull/');
    expect(text).not.toContain(Postgres.password);
  });
});
