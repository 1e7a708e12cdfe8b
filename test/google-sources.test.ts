import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseSource, type Source } from '#domain/source/source.ts';
import { fetchFile } from '#imports/fetch-file.ts';
import { createConnections } from '#sources/connections.ts';
import { openSource } from '#sources/open-source.ts';
import { PageReader } from '#sources/page-table.ts';
import type { SourceRow } from '#sources/source-reader.ts';
import { GoogleServices } from '#test/support/google-services.ts';

let google: GoogleServices;
let env: Record<string, string>;

beforeAll(async () => {
  google = await GoogleServices.start();
  env = { KAIROS_SOURCE_GOOGLE: google.connection() };
});
afterAll(() => google.stop());

const open = (source: Source) =>
  openSource(source, { connections: createConnections(env), fetchFile, hash: (text) => text });

/** Every row a page at a time, as pulls read them, each page by a reader that knows nothing before. */
async function readAll(source: Source, limit: number): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for (;;) {
    const reader = await open(source);
    const page = await reader.readPage(rows.at(-1)?.place ?? null, limit);
    await reader.close();
    rows.push(...page.rows);
    if (page.isLast) return rows;
  }
}

const cellsOf = (rows: readonly SourceRow[], at: number): unknown[] =>
  rows.map(({ cells }) => cells[at]);

describe('Google Sheets', () => {
  const base = { kind: 'google-sheets', connection: 'GOOGLE', as: 'profiles' };

  it('by the values API gives the rows below its header', async () => {
    const values = [['id', 'Mail', 'Spent'], ['1', 'a@b.example', 12.5], [], ['2', 'c@d.example']];
    google.sheets.set('sheet-of-customers', new Map([['People!A:C', values]]));
    const source = parseSource({
      ...base,
      spreadsheet: 'sheet-of-customers',
      range: 'People!A:C',
      key: 'id',
    });
    const rows = await readAll(source, 1);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['1', 'a@b.example', 12.5],
      ['2', 'c@d.example', null],
    ]);
    expect(rows.map(({ place }) => place.key)).toEqual(['1', '2']);
  });

  it('names each row by its key once: a second one would change the first at every pull', async () => {
    const values = [
      ['id', 'Mail'],
      ['1', 'a@b.example'],
      ['1', 'c@d.example'],
      ['', 'e@f.example'],
      ['2', ''],
    ];
    google.sheets.set('sheet-of-doubles', new Map([['A:ZZ', values]]));
    const source = parseSource({ ...base, spreadsheet: 'sheet-of-doubles', key: 'id' });
    const reader = await open(source);
    const page = await reader.readPage(null, 10);
    const frame = {
      source,
      defaults: { currency: 'EUR', zone: 'UTC' },
      hash: (text: string) => text,
    };
    const { rows } = new PageReader(frame).read(page, 0);
    expect(rows.map(({ fault }) => fault ?? null)).toEqual([
      null,
      expect.stringContaining('An earlier row has the same key'),
      'The row has no key.',
      null,
    ]);
  });

  it('says what is wrong with it', async () => {
    const source = parseSource({ ...base, spreadsheet: 'sheet-of-nobody' });
    await expect(open(source)).rejects.toMatchObject({
      code: 'invalid',
      message: 'There is no such spreadsheet.',
    });
    google.failWith = 403;
    await expect(open(source)).rejects.toThrow('share the spreadsheet');
    google.failWith = 503;
    await expect(open(source)).rejects.toMatchObject({ code: 'unavailable' });
    google.failWith = null;
  });

  it('published as CSV needs no account', async () => {
    google.published.set('/pub', '\ufeffid,Town\n1,"Lviv, Old Town"\n2,Kyiv\n');
    env.KAIROS_SOURCE_PUBLISHED = `${google.url}/pub`;
    const rows = await readAll(parseSource({ ...base, connection: 'PUBLISHED' }), 10);
    expect(cellsOf(rows, 1)).toEqual(['Lviv, Old Town', 'Kyiv']);
    env.KAIROS_SOURCE_PUBLISHED = `${google.url}/gone`;
    await expect(open(parseSource({ ...base, connection: 'PUBLISHED' }))).rejects.toThrow(
      'answered 401',
    );
  });
});

describe('BigQuery', () => {
  const base = { kind: 'bigquery', connection: 'GOOGLE', as: 'events' };
  const cursor = { column: 'paid_at', key: 'id' };

  it('is read in pages of one query, and from any place on', async () => {
    google.bigquery.fields.splice(
      0,
      Infinity,
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
      { name: 'paid_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
      { name: 'total', type: 'NUMERIC', mode: 'NULLABLE' },
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      {
        name: 'to',
        type: 'RECORD',
        mode: 'NULLABLE',
        fields: [{ name: 'city', type: 'STRING', mode: 'NULLABLE' }],
      },
    );
    const micros = Date.UTC(2026, 2, 1, 10) * 1_000;
    google.bigquery.rows = Array.from({ length: 7 }, (_, n) => ({
      // Two rows an instant.
      cursor: `2026-03-01 10:00:00.00000${String(Math.floor(n / 2))}+00`,
      key: String(n),
      values: [
        String(n),
        String(micros + Math.floor(n / 2)),
        '12.50',
        [{ v: 'a' }],
        { f: [{ v: 'Kyiv' }] },
      ],
    }));
    const source = parseSource({
      ...base,
      table: 'shop.orders',
      cursor,
      maxBytesBilled: 20_000_000,
    });
    google.queries.length = 0;
    const reader = await open(source);
    const first = await reader.readPage(null, 3);
    const second = await reader.readPage(first.rows.at(-1)?.place ?? null, 3);
    expect([first.isLast, second.isLast, google.queries.length]).toEqual([false, false, 1]);
    expect(first.columns).toEqual(['id', 'paid_at', 'total', 'tags', 'to']);
    expect(first.rows[0]?.cells).toEqual([
      0,
      '2026-03-01T10:00:00.000Z',
      '12.5',
      ['a'],
      { city: 'Kyiv' },
    ]);
    expect(google.queries[0]?.maximumBytesBilled).toBe('20000000');
    // A process that takes over asks another query.
    const rows = await readAll(source, 2);
    expect(cellsOf(rows, 0)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('tells refusals without quoting them', async () => {
    google.failWith = 403;
    const reader = await open(parseSource({ ...base, table: 'shop.orders', cursor }));
    await expect(reader.readPage(null, 3)).rejects.toThrow('BigQuery Job User');
    google.failWith = null;
  });
});

describe('Firestore', () => {
  it('is read by its field and the documents’ names', async () => {
    const at = (n: number) => `2026-03-01T10:00:0${String(Math.floor(n / 3))}.000001Z`;
    const documents = Array.from({ length: 8 }, (_, n) => ({
      id: `c${String(n)}`,
      fields: {
        updated: { timestampValue: at(n) },
        address: { mapValue: { fields: { city: { stringValue: 'Lviv' } } } },
        visits: { integerValue: String(n) },
      },
    }));
    google.firestore.set('customers', documents);
    const source = parseSource({
      kind: 'firestore',
      connection: 'GOOGLE',
      collection: 'customers',
      cursor: { column: 'updated' },
      as: 'profiles',
    });
    const rows = await readAll(source, 3);
    expect(rows.map(({ place }) => place.key)).toEqual(documents.map(({ id }) => id));
    const reader = await open(source);
    const { columns } = await reader.readPage(null, 1);
    expect(columns).toEqual(['updated', 'id', 'address.city', 'visits']);
    const last = rows.at(-1)?.place ?? { value: '', key: null };
    const back = reader.back(last, { lookBack: 'PT1S', reachedAt: Date.UTC(2026, 2, 2) });
    const again = await reader.readPage(back, 10);
    await reader.close();
    expect(cellsOf(again.rows, 3)).toEqual([3, 4, 5, 6, 7]);
  });
});
