import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GA4_FIELDS, ga4Row } from '#test/support/ga4-export.ts';
import { GoogleServices } from '#test/support/google-services.ts';
import { CUSTOMERS, ShopWithSources } from '#test/support/shop-with-sources.ts';

let google: GoogleServices;
let shop: ShopWithSources;
let kairos: ShopWithSources['kairos'];
let postgres: ShopWithSources['postgres'];

beforeAll(async () => {
  google = await GoogleServices.start();
  shop = await ShopWithSources.start('sources', { KAIROS_SOURCE_GOOGLE: google.connection() });
  ({ kairos, postgres } = shop);
}, 120_000);
afterAll(async () => {
  await shop.stop();
  await google.stop();
});
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

describe('The rows of a service of Google', () => {
  const traitsOf = async (id: string): Promise<Record<string, unknown>> =>
    (await kairos.call<{ traits: Record<string, unknown> }>('GET', `/v1/profiles/external:${id}`))
      .traits;

  it('of a sheet and of Firestore are customers', async () => {
    const values = [['No', 'Mail', 'Town'], ['gs1', ' GS1@Shop.example', 'Lviv'], [], ['gs2']];
    google.sheets.set('sheet-of-customers', new Map([['People!A:C', values]]));
    await kairos.call('PUT', '/v1/sources/google-sheet', {
      ...{ kind: 'google-sheets', connection: 'GOOGLE', as: 'profiles', key: 'No' },
      ...{ spreadsheet: 'sheet-of-customers', range: 'People!A:C' },
      map: { external_id: 'No', email: 'Mail', attributes: { town: 'Town' } },
    });
    expect(await shop.pull('google-sheet')).toMatchObject({ status: 'completed', accepted: 2 });
    const { attributes: first } = await shop.profile('gs1');
    expect(first).toMatchObject({ email: 'gs1@shop.example', town: 'Lviv' });
    expect((await shop.profile('gs2')).attributes).not.toHaveProperty('town');

    const member = (id: string, city: string, at: string) => ({
      id,
      fields: {
        updated: { timestampValue: at },
        address: { mapValue: { fields: { city: { stringValue: city } } } },
        visits: { integerValue: '7' },
      },
    });
    const [one, two] = ['2026-03-01T10:00:00.000001Z', '2026-03-01T10:00:00.000002Z'];
    google.firestore.set('members', [member('fs1', 'Lviv', one), member('fs2', 'Kyiv', two)]);
    await kairos.call('PUT', '/v1/sources/members', {
      ...{ kind: 'firestore', connection: 'GOOGLE', as: 'profiles', collection: 'members' },
      cursor: { column: 'updated' },
      map: { external_id: 'id', attributes: { town: 'address.city', visits: 'visits' } },
    });
    expect(await shop.pull('members')).toMatchObject({ status: 'completed', accepted: 2 });
    expect((await shop.profile('fs2')).attributes).toMatchObject({ town: 'Kyiv', visits: 7 });
  });

  it('of BigQuery are orders', async () => {
    google.bigquery.fields = ['id', 'who', 'paid_at', 'total'].map((name, at) => ({
      ...{ name, mode: 'REQUIRED', type: ['STRING', 'STRING', 'TIMESTAMP', 'NUMERIC'][at] },
    }));
    const paid = (id: string, total: string, day: number) => ({
      cursor: `2026-03-0${String(day)} 10:00:00.000001+00`,
      key: id,
      values: [id, 'bq1', String(Date.UTC(2026, 2, day, 10) * 1_000 + 1), total],
    });
    google.bigquery.rows = [paid('bq-o1', '12.50', 1), paid('bq-o2', '20.25', 2)];
    await kairos.call('PUT', '/v1/sources/warehouse', {
      ...{ kind: 'bigquery', connection: 'GOOGLE', as: 'orders', table: 'shop.orders' },
      cursor: { column: 'paid_at', key: 'id' },
      map: { order_id: 'id', external_id: 'who', at: 'paid_at', revenue: 'total', currency: 'USD' },
    });
    const first = await shop.pull('warehouse');
    expect(first).toMatchObject({ status: 'completed', rows: 2, accepted: 2 });
    expect(await traitsOf('bq1')).toMatchObject({
      ...{ orders_count: 2, total_spent: 32.75 },
      ...{ first_order_at: '2026-03-01T10:00:00.000Z', last_order_at: '2026-03-02T10:00:00.000Z' },
    });
    expect(await kairos.mongo.db.collection('importLines').countDocuments()).toBe(0);
  });

  it('of Google Analytics’ export are what happened in the shop, but for what Kairos told it', async () => {
    const at = Date.UTC(2026, 2, 8, 10);
    const who = { userId: 'ga1' };
    const cup = { id: 'SKU1', name: 'Cup', price: 10.25, quantity: 2 };
    google.bigquery.fields = [...GA4_FIELDS];
    google.bigquery.rows = [
      ga4Row({ ...who, id: 'a', at, name: 'add_to_cart', items: [cup] }),
      ga4Row({
        ...{ ...who, id: 'b', at: at + 1_000, name: 'purchase', params: { currency: 'USD' } },
        ...{ order: { id: 'T-1', revenue: 20.5 }, items: [cup] },
      }),
      ga4Row({ ...who, id: 'c', at, name: 'purchase', params: { kairos_event: 'told-1' } }),
    ];
    await kairos.call('PUT', '/v1/sources/analytics', {
      ...{ kind: 'bigquery', connection: 'GOOGLE', as: 'events' },
      ...{ preset: 'ga4', dataset: 'analytics_1' },
    });
    const pull = await shop.pull('analytics');
    expect(pull).toMatchObject({ status: 'completed', rows: 3, accepted: 2, skipped: 1 });
    expect(google.queries.at(-1)?.query).toContain('`analytics_1.events_*`');
    expect(await traitsOf('ga1')).toMatchObject({ orders_count: 1, total_spent: 20.5 });
    const { identities } = await kairos.call('GET', '/v1/profiles/external:ga1');
    expect(identities).toEqual(['anonymous:ga:1234.5678', 'external:ga1']);
    const events = await kairos.mongo.collections.events
      .find({ 'context.import': pull.id })
      .sort({ occurredAt: 1 })
      .toArray();
    expect(events).toMatchObject([
      { name: 'Product Added', occurredAt: at, properties: { product_id: 'SKU1', price: 10.25 } },
      {
        ...{ name: 'Order Completed', occurredAt: at + 1_000 },
        properties: { order_id: 'T-1', products: [{ product_id: 'SKU1', quantity: 2 }] },
      },
    ]);
  });
});
