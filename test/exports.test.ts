import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { EXPORT_FORMATS, EXPORT_TABLES, type ExportTableName } from '#domain/export/export.ts';
import { factsOf, FORMATS, makePeople, PEOPLE_EACH } from './support/exported-people.ts';
import { makeBuyer } from './support/make-buyer.ts';
import { readExport } from './support/read-export.ts';
import { WholeKairos } from './support/whole-kairos.ts';

/** Takes everything its processes write. */
const LOGGED = { env: { KAIROS_LOG_LEVEL: 'trace' } };

let kairos: WholeKairos;
/** Nobody is known there. */
let other: WholeKairos;
beforeAll(async () => {
  [kairos, other] = await Promise.all([
    WholeKairos.start('exports', LOGGED),
    WholeKairos.start('exports-again'),
  ]);
  await makePeople(kairos);
}, 120_000);
afterAll(() => Promise.all([kairos.stop(), other.stop()]));

const bearer = (whole: WholeKairos): Record<string, string> => ({
  authorization: `Bearer ${whole.environment.KAIROS_ADMIN_KEY ?? ''}`,
});

async function take(path: string): Promise<Buffer> {
  const answer = await fetch(`${kairos.url}/v1/exports/${path}`, { headers: bearer(kairos) });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

async function rows(path: string): Promise<Record<string, string>[]> {
  return parse<Record<string, string>>(await take(path), { columns: true });
}

describe('An export', () => {
  it('imported elsewhere makes the same profiles, whatever its format', async () => {
    for (const [group, type] of Object.entries(FORMATS)) {
      const answer = await fetch(`${other.url}/v1/imports?as=profiles`, {
        method: 'POST',
        headers: { ...bearer(other), 'content-type': type },
        body: new Uint8Array(await take(`segments/${group}?format=${group}`)),
      });
      const { id } = (await answer.json()) as { id: string };
      const report = await other.until(`the import of ${group}`, async () => {
        const read = await other.call('GET', `/v1/imports/${id}`);
        return read.status === 'running' ? null : read;
      });
      expect(report).toMatchObject({ status: 'completed', accepted: PEOPLE_EACH, rejected: 0 });
    }
    for (const group of Object.keys(FORMATS)) {
      for (let number = 0; number < PEOPLE_EACH; number += 97) {
        const one = `/v1/profiles/external:${group}-${String(number)}`;
        const [before, after] = await Promise.all([
          kairos.call('GET', one),
          other.call('GET', one),
        ]);
        expect(after.attributes).toEqual(factsOf(group, number));
        expect(after.attributes).toEqual(before.attributes);
        const known = (after.identities as string[]).filter((id) => !id.startsWith('anonymous'));
        expect(known).toEqual(before.identities);
      }
    }
  });

  it('has everybody once, and nobody who was merged into another or erased', async () => {
    const { profiles } = kairos.mongo.collections;
    await kairos.track('identify', { userId: 'gone', traits: { group: 'csv' } });
    await kairos.track('identify', { userId: 'kept' });
    await kairos.track('identify', { userId: 'folded', traits: { email: 'folded@b.example' } });
    await kairos.call('POST', '/v1/merges', { keep: 'external:kept', merge: 'external:folded' });
    const found = await kairos.until('the customer', async () => {
      const { id } = await kairos
        .call('GET', '/v1/profiles/external:gone')
        .catch(() => ({ id: null }));
      return typeof id === 'string' ? id : null;
    });
    await profiles.updateOne({ _id: found }, { $set: { erasedAt: 1 } });
    await kairos.until('the merge', async () =>
      (await profiles.countDocuments({ mergedInto: { $ne: null } })) === 1 ? true : null,
    );
    const all = await rows('profiles?format=csv');
    const ids = all.map(({ external_id: id }) => id);
    expect(ids).toHaveLength(3 * PEOPLE_EACH + 1);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('kept');
    const profileIds = all.map(({ kairos_profile_id: id }) => id ?? '');
    expect(profileIds).toEqual([...profileIds].sort());
    const members = await rows('segments/csv?format=csv');
    expect(members).toHaveLength(PEOPLE_EACH);
    expect(Object.keys(members[0] ?? {})).toContain('kairos_since');
  });

  it('of orders, events and consents says what happened, and only since when it is asked', async () => {
    const userId = 'csv-1';
    const properties = { order_id: 'o-1', revenue: 19.99, currency: 'USD', products: [] };
    await kairos.track('track', { userId, event: 'Order Completed', messageId: 'm-1', properties });
    await kairos.call('PUT', `/v1/profiles/external:${userId}/consents/sms`, {
      granted: true,
      source: 'shop desk',
    });
    const [order] = await kairos.until('the order', async () => {
      const found = await rows('orders');
      return found.length > 0 ? found : null;
    });
    expect(order).toMatchObject({ external_id: userId, order_id: 'o-1', revenue: '19.99' });
    expect(await rows('orders?since=2100-01-01T00:00:00Z')).toEqual([]);
    // As if it had come in a while ago: what is newer than a minute is of the next file.
    const { events: stored } = kairos.mongo.collections;
    const earlier = { $set: { receivedAt: Date.now() - 600_000 } };
    await stored.updateOne({ _id: 'm-1' }, earlier);
    const asked = await fetch(`${kairos.url}/v1/exports/events`, { headers: bearer(kairos) });
    expect(Date.parse(asked.headers.get('kairos-next-since') ?? '')).toBeLessThan(Date.now());
    const events = parse<Record<string, string>>(await asked.text(), { columns: true });
    const said = events.find(({ message_id: id }) => id === 'm-1');
    expect(said).toMatchObject({ external_id: userId, event: 'Order Completed' });
    expect(JSON.parse(said?.properties ?? '')).toEqual(properties);
    const consents = await rows('consents?format=csv');
    expect(consents).toMatchObject([{ external_id: userId, channel: 'sms', granted: 'true' }]);
    const wrong = await fetch(`${kairos.url}/v1/exports/profiles?since=2026-01-01T00:00:00Z`, {
      headers: bearer(kairos),
    });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('#/since');
  });
});

interface Made {
  id: string;
  key: string;
  url: string;
}

describe('A key in an address', () => {
  const status = async (url: string): Promise<number> => {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.status;
  };
  const make = (more: object): Promise<Made> =>
    kairos.call<Made>('POST', '/v1/exports/keys', { name: 'a sheet', format: 'csv', ...more });

  it('opens one export in one format and nothing else, until it is revoked', async () => {
    const made = await make({ export: { segment: 'csv' } });
    const answer = await fetch(made.url);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(parse(await answer.text(), { columns: true })).toHaveLength(PEOPLE_EACH);
    const of = (path: string): string => `${kairos.url}/v1/exports/${path}key=${made.key}`;
    expect(await status(of('segments/csv?'))).toBe(200);
    expect(await status(of('segments/csv?format=ndjson&'))).toBe(403);
    expect(await status(of('segments/ndjson?'))).toBe(403);
    expect(await status(of('profiles?'))).toBe(403);
    expect(await status(of('keys?'))).toBe(401);
    expect(await status(`${kairos.url}/v1/profiles/external:csv-1?key=${made.key}`)).toBe(401);
    const asBearer = await fetch(`${kairos.url}/v1/exports/segments/csv`, {
      headers: { authorization: `Bearer ${made.key}` },
    });
    expect(asBearer.status).toBe(401);
    const { data } = await kairos.call<{ data: object[] }>('GET', '/v1/exports/keys');
    expect(data).toMatchObject([{ id: made.id, export: 'segments/csv', name: 'a sheet' }]);
    expect(JSON.stringify(data)).not.toContain(made.key);
    expect(data).not.toMatchObject([{ usedAt: null }]);
    await kairos.call('DELETE', `/v1/exports/keys/${made.id}`);
    expect(await status(made.url)).toBe(401);
  });

  it('runs out when it was said to, and is made for nothing that is not there', async () => {
    const made = await make({ export: { table: 'orders' }, expiresAt: '2100-01-01T00:00:00Z' });
    expect(await status(made.url)).toBe(200);
    const keys = kairos.mongo.db.collection<{ _id: string; expiresAt: number }>('exportKeys');
    await keys.updateOne({ _id: made.id }, { $set: { expiresAt: 1 } });
    expect(await status(made.url)).toBe(401);
    await expect(make({ export: { segment: 'nobody' } })).rejects.toThrow('404');
    await expect(
      make({ export: { table: 'orders' }, expiresAt: '2020-01-01T00:00:00Z' }),
    ).rejects.toThrow('#/expiresAt');
  });

  it('stands in no log and in no store', async () => {
    const made = await make({ export: { table: 'products' } });
    for (const url of [
      made.url,
      `${made.url}&format=ndjson`,
      `${made.url}&since=x`,
      `${made.url}x`,
    ]) {
      await status(url);
    }
    const secret = made.key.slice(-43);
    expect((await kairos.logs()).join('')).toContain('/v1/exports/{table}');
    expect((await kairos.logs()).join('')).not.toContain(secret);
    const stored = await kairos.mongo.db.collection('exportKeys').find().toArray();
    expect(JSON.stringify(stored)).not.toContain(secret);
  });
});

describe('Every table in every format', () => {
  const ALL = EXPORT_TABLES.flatMap((table) =>
    EXPORT_FORMATS.map((format) => [table, format] as const),
  );
  const whose = { external_id: 'buyer' };
  /** How many rows there are, and one of them. */
  let held: Record<ExportTableName, { count: number; row: Record<string, unknown> }>;

  beforeAll(async () => {
    const run = await makeBuyer(kairos);
    const { profiles, events, orders, runs, messages } = kairos.mongo.collections;
    const present = { mergedInto: null, erasedAt: null };
    const erased = await profiles.distinct('_id', { erasedAt: { $ne: null } });
    const at: unknown = expect.stringMatching(/^20\d\d-.*Z$/);
    const settled = { $lt: Date.now() - 60_000 };
    const sent = { journey: 'reminding', version: '1' };
    held = {
      profiles: {
        count: await profiles.countDocuments(present),
        row: { ...whose, email: 'buyer@shop.example', city: 'Lviv', kairos_total_spent: '5.5' },
      },
      consents: {
        count: await profiles.countDocuments({ ...present, 'consents.sms': { $exists: true } }),
        row: { ...whose, channel: 'sms', granted: 'true', source: 'shop desk', at },
      },
      events: {
        count: await events.countDocuments({ profileId: { $nin: erased }, receivedAt: settled }),
        row: { ...whose, event: 'Order Completed', message_id: 'bought', at },
      },
      orders: {
        count: await orders.countDocuments({ completed: true }),
        row: { ...whose, order_id: 'o-2', revenue: '5.5', currency: 'USD', at },
      },
      products: {
        count: await kairos.mongo.db.collection('products').countDocuments(),
        row: { product_id: 'P1', name: 'Boots', price: '15', currency: 'USD', colour: 'red' },
      },
      runs: {
        count: await runs.countDocuments(),
        row: {
          ...{ ...whose, ...sent, run_id: run.id, status: run.status, outcome: 'done' },
          ...{ entered_at: at, ended_at: at, path: expect.stringContaining('"step":"remind"') },
        },
      },
      messages: {
        count: await messages.countDocuments(),
        row: {
          ...{ ...whose, ...sent, run_id: run.id, step: 'remind', channel: 'email', sent_at: at },
          ...{ template: 'cart-reminder', language: 'en', provider: 'sendgrid', attempts: '1' },
        },
      },
    };
  });

  it.each(ALL)('holds what is there: %s, %s', async (table, format) => {
    const { count, row } = held[table];
    const exported = await readExport(format, await take(`${table}?format=${format}`));
    expect(exported).toHaveLength(count);
    const ours = exported.filter((one) => one.external_id === 'buyer' || one.product_id === 'P1');
    expect(ours).toContainEqual(expect.objectContaining(row));
  });
});
