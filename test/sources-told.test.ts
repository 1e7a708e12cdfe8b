import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Postgres } from '#test/support/postgres.ts';
import { CUSTOMERS, ShopWithSources, type SourceAnswer } from '#test/support/shop-with-sources.ts';

let shop: ShopWithSources;
let kairos: ShopWithSources['kairos'];
let postgres: ShopWithSources['postgres'];

beforeAll(async () => {
  shop = await ShopWithSources.start('sources_told');
  ({ kairos, postgres } = shop);
}, 120_000);
afterAll(() => shop.stop());
beforeEach(() => shop.emptyCustomers());

describe('A source', () => {
  it('that cannot be read is tried again, then told, and goes on when it can be', async () => {
    await kairos.call('PUT', '/v1/sources/failing', CUSTOMERS);
    await postgres.query(`INSERT INTO customers (id, updated_at) VALUES ('f1', '2026-03-04')`);
    await postgres.kill();
    const failed = await shop.pull('failing', {}, 90_000);
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
    expect(await shop.pull('failing')).toMatchObject({ status: 'completed', rows: 1 });
    const well = await kairos.call<SourceAnswer>('GET', '/v1/sources/failing');
    expect(well).toMatchObject({ status: 'waiting', consecutiveFailures: 0, failure: null });
  }, 150_000);

  it('whose definition cannot work says so at once and is not tried again', async () => {
    const missing = { ...CUSTOMERS, cursor: { column: 'changed_at', key: 'id' } };
    await kairos.call('PUT', '/v1/sources/wrong', missing);
    const failed = await shop.pull('wrong');
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
    const report = await shop.pull('faulty');
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

  it('that is a sheet with a key twice is no news at every pull', async () => {
    const sheet = { kind: 'google-sheets', connection: 'SHEET', as: 'profiles' };
    await expect(kairos.call('PUT', '/v1/sources/sheet', sheet)).rejects.toThrow('#/key');
    await kairos.call('PUT', '/v1/sources/sheet', { ...sheet, key: 'id' });
    const [header, one, two, again] = ['id,town', 'sh1,Lviv', 'sh2,Kyiv', 'sh1,Odesa'];
    shop.sheet = [header, one, two, again].join('\n');
    const first = await shop.pull('sheet');
    expect(first).toMatchObject({ status: 'completed', rows: 3, accepted: 2, rejected: 1 });
    expect(first.errors).toMatchObject([{ row: 3, key: 'sh1' }]);
    const { events } = kairos.mongo.collections;
    const before = await events.countDocuments();
    expect(await shop.pull('sheet')).toMatchObject({ accepted: 2, rejected: 1 });
    // Sorted, and without the second.
    shop.sheet = [header, two, one].join('\n');
    expect(await shop.pull('sheet')).toMatchObject({ accepted: 2, rejected: 0 });
    expect(await events.countDocuments()).toBe(before);
    shop.sheet = [header, two, again].join('\n');
    await shop.pull('sheet');
    expect(await events.countDocuments()).toBe(before + 1);
    expect((await shop.profile('sh1')).attributes).toMatchObject({ town: 'Odesa' });
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
      const [newest] = await shop.pulls('timed');
      return newest?.status === 'completed' ? true : null;
    });
    await kairos.call('DELETE', '/v1/sources/timed');
    await expect(handle.describe()).rejects.toThrow();
    await expect(kairos.call('GET', '/v1/sources/timed')).rejects.toThrow('404');
  }, 120_000);

  it('keeps its secret to itself', async () => {
    await kairos.call('PUT', '/v1/sources/secret', CUSTOMERS);
    await shop.pull('secret');
    const told: unknown[] = [await kairos.call('GET', '/v1/sources'), await shop.pulls('secret')];
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
