import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApi, type Answer } from '#test/support/api-process.ts';
import { BROKEN_FILES, PROFILES } from '#test/support/broken-files.ts';
import {
  CSV,
  NDJSON,
  PARQUET,
  parquetFile,
  serve,
  tracked,
  type Report,
} from '#test/support/import-files.ts';

describe('A file of any kind', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start('kairos-test-imports');
  });
  afterAll(async () => {
    await api.stop();
  });

  const post = (as: string, body: string | Uint8Array, type = CSV, more = ''): Promise<Answer> =>
    api.call(`/v1/imports?as=${as}${more}`, { method: 'POST', body, type });
  const count = (name: string): Promise<number> => api.mongo.db.collection(name).countDocuments();

  /** The report once the import has ended; here is no router, and an import waits until all is applied. */
  async function ended(answer: Answer): Promise<Report> {
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
    const routed = { $set: { state: 'routed' as const }, $unset: { pending: '' as const } };
    for (;;) {
      await api.mongo.collections.events.updateMany({ pending: true }, routed);
      const read = await api.call(`/v1/imports/${String(answer.body.id)}`);
      if (read.body.status !== 'running') return read.body as unknown as Report;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const dryRun = async (as: string, body: string | Uint8Array, type = CSV): Promise<Report> =>
    ended(await post(as, body, type, '&dryRun=true'));

  it.each(BROKEN_FILES)('is refused whole, and changes nothing: %s', async (...told) => {
    const [, body, type, status, sentence] = told;
    const answer = await post('profiles', body, type);
    expect({ status: answer.status, text: answer.text.slice(0, 500) }).toMatchObject({ status });
    expect(answer.text).toMatch(sentence);
    const left = await Promise.all(['imports', 'importChunks', 'importLines', 'events'].map(count));
    expect(left).toEqual([0, 0, 0, 0]);
  });

  it('says what is missing in the question', async () => {
    const answer = await api.call('/v1/imports', { method: 'POST', body: PROFILES, type: CSV });
    expect(answer.status).toBe(422);
    expect(answer.text).toMatch(/profiles, events, orders, products, consents/);
    const map = encodeURIComponent('external_id: Nobody');
    const mapped = await post('profiles', PROFILES, CSV, `&map=${map}`);
    expect(mapped.text).toMatch(/The file has no column \\"Nobody\\"/);
    const refused = await api.call('/v1/imports?as=profiles', {
      method: 'POST',
      body: PROFILES,
      type: CSV,
      key: null,
    });
    expect(refused.status).toBe(401);
  });

  it('is only counted in a dry run, whatever it is written in', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(PROFILES, 'utf16le')]);
    const files: [string | Uint8Array, string][] = [
      [PROFILES, CSV],
      [`\ufeff${PROFILES}`, CSV],
      [PROFILES.replaceAll(',', ';').replaceAll('\n', '\r\n'), CSV],
      [utf16, CSV],
      [gzipSync(PROFILES), CSV],
      [
        Buffer.from('external_id,city\n1,\xcb\xfc\xe2\xb3\xe2\n2,x\n', 'latin1'),
        'text/csv; charset=windows-1251',
      ],
      ['{"external_id":1,"city":"Kyiv"}\n\n{"external_id":"2","points":{"a":1}}', NDJSON],
      [parquetFile(), PARQUET],
      // Programs that were not told send the one or the other; what it is says the file itself.
      [parquetFile(), 'application/octet-stream'],
      [gzipSync(PROFILES), 'application/x-www-form-urlencoded'],
      ['{"external_id":1}\n{"external_id":"2"}', 'text/plain'],
    ];
    for (const [body, type] of files) {
      expect(await dryRun('profiles', body, type)).toMatchObject({
        status: 'completed',
        total: 2,
        rows: 2,
        accepted: 2,
        rejected: 0,
      });
    }
    // What an import needed for itself goes right after its end was written.
    while ((await count('importChunks')) > 0) await new Promise((go) => setTimeout(go, 20));
    const left = await Promise.all(['importLines', 'events', 'profiles'].map(count));
    expect(left).toEqual([0, 0, 0]);
  });

  it('is told in a dry run by what it would do, by the rules of acceptance', async () => {
    // Two profiles known; the first with an address.
    const known = { type: 'identify', userId: 'w1', traits: { email: 'w1@b.example' } };
    await tracked(api, { batch: [known, { type: 'identify', userId: 'w2' }] });
    const lines = [
      'external_id,anonymous_id,email,at',
      'w1,,w1@b.example,2026-01-01T00:00:00Z',
      'w3,,w3@b.example,2026-01-01T00:00:00Z',
      // New, and it has the address of another customer.
      'w4,,w1@b.example,2026-01-01T00:00:00Z',
      // The same as before, on a device of hers.
      'w3,phone-of-w3,,2026-01-02T00:00:00Z',
    ];
    const before = await Promise.all(['identities', 'conflicts', 'events'].map(count));
    expect(await dryRun('profiles', lines.join('\n'))).toMatchObject({
      accepted: 4,
      secondsLeft: null,
      columns: [
        { column: 'external_id', becomes: 'identity', name: 'external_id' },
        { column: 'anonymous_id', becomes: 'identity', name: 'anonymous_id' },
        { column: 'email', becomes: 'identity', name: 'email' },
        { column: 'at', becomes: 'field', name: 'at' },
      ],
      would: {
        ...{ newProfiles: 2, knownProfiles: 1, mergedProfiles: 0, conflicts: 1 },
        ...{ newEvents: 4, knownEvents: 0, productsCreated: 0, productsChanged: 0 },
      },
    });
    expect(await Promise.all(['identities', 'conflicts', 'events'].map(count))).toEqual(before);
    await ended(await post('profiles', lines.join('\n')));
    expect(await dryRun('profiles', lines.join('\n'))).toMatchObject({
      would: { newProfiles: 0, knownProfiles: 3, newEvents: 0, knownEvents: 4 },
    });
    const products = (price: string): string =>
      `product_id,name,price\nwould-1,Boots,${price}\nwould-2,Hat,2\n`;
    expect(await dryRun('products', products('15'))).toMatchObject({
      would: { productsCreated: 2, productsChanged: 0, newProfiles: 0 },
    });
    await ended(await post('products', products('15')));
    expect(await dryRun('products', products('16'))).toMatchObject({
      would: { productsCreated: 0, productsChanged: 1 },
    });
  });

  it('of products says which have more attributes than there is room for', async () => {
    const names = Array.from({ length: 501 }, (_, at) => `a${String(at)}`);
    const text = `product_id,${names.join(',')}\nwide,${names.join(',')}\nnarrow,${',x'.repeat(500).slice(1)},\n`;
    for (const more of ['&dryRun=true', '']) {
      const report = await ended(await post('products', text, CSV, more));
      expect(report).toMatchObject({ accepted: 2 });
      expect(report.cleaned).toEqual([
        {
          column: 'attributes',
          change: expect.stringContaining('at most 500'),
          count: 1,
          rows: [1],
        },
      ]);
    }
  });

  it('names the rows that cannot be taken and takes the others', async () => {
    const report = await dryRun(
      'events',
      [
        'external_id,event,at,price',
        '1,Level Up,2026-01-01T00:00:00Z,5',
        ',Level Up,2026-01-01,5',
        '2,,2026-01-01,5',
        '3,Level Up,01/02/2026,5',
        '4,Level Up,1999-12-31,5',
        '5,Level Up',
      ].join('\n'),
    );
    expect(report).toMatchObject({ rows: 6, accepted: 1, rejected: 5, skipped: 0 });
    expect(report.errors.map(({ row, column }) => [row, column]).sort()).toEqual([
      [2, null],
      [3, 'event'],
      [4, 'at'],
      [5, 'at'],
      [6, null],
    ]);
  });

  it.each(['products', 'events'])('with poisonous lines loses these alone: %s', async (as) => {
    const line = (number: number, more: string): string =>
      `{"product_id":"poison-${String(number)}","external_id":"x","event":"E","at":"2026-01-01",${more}}`;
    const deep = `"x":${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const nested = `"x":{"y":${'{"z":'.repeat(40)}1${'}'.repeat(40)}}`;
    const lines = [
      '"x":1',
      deep,
      nested,
      '"a\\u0000b":1',
      '"x":1,"x":2',
      '"__proto__":{"x":1}',
      '"x":2',
    ];
    const report = await ended(
      await post(as, lines.map((more, at) => line(at, more)).join('\n'), NDJSON),
    );
    expect(report).toMatchObject({ status: 'completed', rows: 7, accepted: 2, rejected: 5 });
    expect(report.errors.map(({ row, column }) => [row, column])).toEqual([
      [2, 'x'],
      [3, 'x'],
      [4, null],
      [5, null],
      [6, null],
    ]);
  });

  it('of products comes by URL, changes what it says, and nothing the second time', async () => {
    const feed =
      'id,title,price,availability\nP1,Boots,15.00 EUR,in stock\nP2,Hat,2.50 EUR,in stock\n';
    const server = await serve(gzipSync(feed));
    const { port } = server.address() as AddressInfo;
    const json = { url: `http://127.0.0.1:${String(port)}/moved`, as: 'products' };
    const first = await ended(await api.call('/v1/imports', { method: 'POST', json }));
    expect(first).toMatchObject({ status: 'completed', accepted: 2, rejected: 0 });
    const boots = await api.call('/v1/products/P1');
    expect(boots.body).toMatchObject({ name: 'Boots', price: 15, currency: 'EUR' });
    const all = (await api.call('/v1/products')).body.data;
    await ended(await api.call('/v1/imports', { method: 'POST', json }));
    expect((await api.call('/v1/products/P1')).body).toEqual(boots.body);
    // A stray % in a name is no reason not to read the file, nor is one without an ending.
    for (const name of ['100%.csv', 'feed']) {
      const named = {
        url: `http://127.0.0.1:${String(port)}/${name}`,
        as: 'products',
        dryRun: true,
      };
      const read = await ended(await api.call('/v1/imports', { method: 'POST', json: named }));
      expect(read).toMatchObject({ status: 'completed', accepted: 2 });
    }
    expect((await api.call('/v1/products')).body.data).toEqual(all);
    const nowhere = await api.call('/v1/imports', {
      method: 'POST',
      json: { url: 'http://169.254.169.254/latest', as: 'products' },
    });
    expect(nowhere.status).toBe(422);
    server.close();
  });
});
