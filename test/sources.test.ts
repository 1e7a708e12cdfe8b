import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CUSTOMERS, ShopWithSources } from '#test/support/shop-with-sources.ts';

let shop: ShopWithSources;
let kairos: ShopWithSources['kairos'];
let postgres: ShopWithSources['postgres'];

beforeAll(async () => {
  shop = await ShopWithSources.start('sources');
  ({ kairos, postgres } = shop);
}, 120_000);
afterAll(() => shop.stop());
beforeEach(() => shop.emptyCustomers());

describe('The rows of a source', () => {
  it('that share an instant are neither lost nor doubled', async () => {
    await kairos.call('PUT', '/v1/sources/shared-instants', CUSTOMERS);
    // Three instants, two of them within one millisecond, for 1,300 rows: pages end in their middle.
    await postgres.query(
      `INSERT INTO customers (id, mail, town, balance, born, vip, updated_at)
       SELECT 's' || n, 'S' || n || '@Shop.example', 'Town ' || n, n + 0.25, '1990-01-31', n % 2 = 0,
              timestamptz '2026-03-01 10:00:00.000001+00' + (n % 3) * interval '400 microseconds'
       FROM generate_series(1, 1300) AS n`,
    );
    const first = await shop.pull('shared-instants');
    expect(first).toMatchObject({ status: 'completed', rows: 1_300, accepted: 1_300, rejected: 0 });
    expect(first.cursor).toEqual({ from: null, to: '2026-03-01 10:00:00.000801+00' });
    const { events } = kairos.mongo.collections;
    const inIt = { 'context.import': first.id };
    expect(await events.countDocuments(inIt)).toBe(1_300);
    expect((await events.distinct('profileId', inIt)).length).toBe(1_300);
    const { attributes } = await shop.profile('s1300');
    expect(attributes).toMatchObject({
      email: 's1300@shop.example',
      town: 'Town 1300',
      balance: 1_300.25,
      birthday: '1990-01-31',
      vip: true,
    });
    const all = await events.countDocuments();
    const again = await shop.pull('shared-instants', { from: 'start' });
    expect(again).toMatchObject({ status: 'completed', accepted: 1_300 });
    expect(await events.countDocuments()).toBe(all);
  });

  it('are read on from the cursor, changes and what was committed late among them', async () => {
    await kairos.call('PUT', '/v1/sources/changing', CUSTOMERS);
    const insert = `INSERT INTO customers (id, town, updated_at) VALUES ($1, $2, $3)`;
    await postgres.query(insert, ['t1', 'Lviv', '2026-03-02 10:00:00+00']);
    // A transaction that began before and is committed after the pull: its row is older than others.
    const late = await postgres.connect();
    await late.query('BEGIN');
    await late.query(insert, ['t2', 'Odesa', '2026-03-02 09:59:00+00']);
    expect(await shop.pull('changing')).toMatchObject({ rows: 1, accepted: 1 });
    await late.query('COMMIT');
    await late.end();
    await postgres.query(
      `UPDATE customers SET town = 'Kyiv', updated_at = '2026-03-02 11:30:00+00' WHERE id = 't1'`,
    );
    const second = await shop.pull('changing');
    expect(second).toMatchObject({ status: 'completed', rows: 2, accepted: 2 });
    expect(second.cursor.from).toBe('2026-03-02 10:00:00+00');
    expect((await shop.profile('t1')).attributes).toMatchObject({ town: 'Kyiv' });
    expect((await shop.profile('t2')).attributes).toMatchObject({ town: 'Odesa' });
    // A change back is a change, although the same was said before.
    await postgres.query(
      `UPDATE customers SET town = 'Lviv', updated_at = '2026-03-02 11:40:00+00' WHERE id = 't1'`,
    );
    await shop.pull('changing');
    expect((await shop.profile('t1')).attributes).toMatchObject({ town: 'Lviv' });
  });

  it('are read once each, from the last page on, after the worker was killed', async () => {
    await kairos.call('PUT', '/v1/sources/killed', CUSTOMERS);
    await postgres.query(
      `INSERT INTO customers (id, town, updated_at)
       SELECT 'k' || n, 'Town', timestamptz '2026-03-03 10:00:00+00' + (n / 7) * interval '1 second'
       FROM generate_series(1, 6000) AS n`,
    );
    await kairos.call('POST', '/v1/sources/killed/pull');
    await kairos.until('the middle of the pull', async () => {
      const [now] = await shop.pulls('killed');
      return now !== undefined && now.rows >= 1_000 ? true : null;
    });
    await kairos.kill('worker');
    const [cut] = await shop.pulls('killed');
    expect(cut).toMatchObject({ status: 'running' });
    expect(cut?.rows).toBeLessThan(6_000);
    kairos.run('worker');
    const done = await kairos.until(
      'the end of the pull',
      async () => {
        const [now] = await shop.pulls('killed');
        return now?.status === 'completed' ? now : null;
      },
      90_000,
    );
    expect(done).toMatchObject({ id: cut?.id, rows: 6_000, accepted: 6_000, tries: 2 });
    const inIt = { 'context.import': done.id };
    expect(await kairos.mongo.collections.events.countDocuments(inIt)).toBe(6_000);
  }, 120_000);

  it('that are lines make orders, however they are mixed and whichever page they are on', async () => {
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
    expect(await shop.pull('orders')).toMatchObject({
      status: 'completed',
      rows: 300,
      accepted: 300,
    });
    const { traits } = await kairos.call<{ traits: Record<string, unknown> }>(
      'GET',
      '/v1/profiles/external:o3',
    );
    expect(traits).toMatchObject({ orders_count: 10, total_spent: 63 });
    expect(await kairos.mongo.db.collection('importLines').countDocuments()).toBe(0);
  });

  it('may be documents of MongoDB, which differ', async () => {
    const visits = shop.documents
      .db()
      .collection<{ _id: string } & Record<string, unknown>>('visits');
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
    expect(await shop.pull('visits')).toMatchObject({ status: 'completed', rows: 2, accepted: 2 });
    const { events } = kairos.mongo.collections;
    expect(await events.findOne({ _id: 'v1' })).toMatchObject({ properties: { score: 7 } });
    await visits.insertOne({
      _id: 'v4',
      at: new Date('2026-03-08T10:02:00.000Z'),
      customer: { id: 'm1' },
      what: 'Quiz Finished',
    });
    const second = await shop.pull('visits');
    // Looked back at, and known already.
    expect(second).toMatchObject({ rows: 3, cursor: { to: '2026-03-08T10:02:00.000Z' } });
    expect(await events.countDocuments({ name: 'Quiz Finished' })).toBe(3);
  });
});
