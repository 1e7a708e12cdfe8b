import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';
import { parseCall } from '#domain/event/tracking.ts';
import { shortHash } from '#domain/short-hash.ts';
import { parseImportMap, type ImportKind } from './import-map.ts';
import { gatherOrder, type OrderLine } from './order-lines.ts';
import { planImport } from './plan-import.ts';
import { readRow, type ReadRow } from './read-row.ts';

const tools = {
  email: (text: string) => (text.includes('@') ? text.trim().toLowerCase() : null),
  phone: (text: string) => (/^\+\d+$/.test(text) ? text : null),
  hash: shortHash,
};
const SAID_AT = Date.parse('2026-06-01T00:00:00Z');
const defaults = { currency: 'USD', zone: 'UTC' };

function read(
  kind: ImportKind,
  row: Readonly<Record<string, Json>>,
  map: unknown = null,
  number = 1,
): ReadRow {
  const parsed = map === null ? null : parseImportMap(map);
  const plan = planImport(kind, Object.keys(row), parsed, defaults);
  const frame = { importId: 'i', saidAt: SAID_AT, tools };
  return readRow(plan, { number, cells: Object.values(row) }, frame);
}

function faultsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return [error.message, ...error.faults.map(({ detail }) => detail)];
  }
}

function callOf(told: ReadRow): Record<string, Json> {
  if (told.outcome === 'taken' && 'call' in told.taken) return told.taken.call;
  throw new Error(JSON.stringify(told));
}

function lineOf(told: ReadRow): OrderLine {
  if (told.outcome === 'taken' && 'line' in told.taken) return told.taken.line;
  throw new Error(JSON.stringify(told));
}

/** The map of the contract, word for word. */
const RETAIL = {
  order_id: 'InvoiceNo',
  external_id: 'CustomerID',
  at: { column: 'InvoiceDate', format: 'yyyy-MM-dd HH:mm:ss', zone: 'Europe/London' },
  line: {
    product_id: 'StockCode',
    name: 'Description',
    quantity: 'Quantity',
    price: 'UnitPrice',
  },
  attributes: { country: 'Country' },
  currency: 'GBP',
  skip: [
    { column: 'InvoiceNo', startsWith: 'C' },
    { column: 'CustomerID', empty: true },
    { column: 'Quantity', lte: 0 },
  ],
};
const RETAIL_ROW = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER ',
  Quantity: '6',
  InvoiceDate: '2010-12-01 08:26:00',
  UnitPrice: '2.55',
  CustomerID: '17850',
  Country: 'United Kingdom',
};

describe('a row of an orders file', () => {
  it('is a line of its order, by the map', () => {
    const line = lineOf(read('orders', RETAIL_ROW, RETAIL));
    expect(line).toMatchObject({
      orderId: '536365',
      who: { userId: '17850' },
      at: Date.parse('2010-12-01T08:26:00Z'),
      item: {
        product_id: '85123A',
        name: 'WHITE HANGING HEART T-LIGHT HOLDER',
        quantity: 6,
        price: 2.55,
      },
      currency: 'GBP',
      attributes: { country: 'United Kingdom' },
    });
  });

  it.each([
    { InvoiceNo: 'C536379' },
    { CustomerID: '' },
    { CustomerID: null },
    { Quantity: '-1' },
    { Quantity: '0' },
  ])('is left out where the map says so: %j', (change) => {
    expect(read('orders', { ...RETAIL_ROW, ...change }, RETAIL).outcome).toBe('skipped');
  });

  it('says row and column of what cannot be read, and quotes nothing', () => {
    const told = read('orders', { ...RETAIL_ROW, InvoiceDate: 'soon' }, RETAIL, 17);
    expect(told).toEqual({
      outcome: 'rejected',
      fault: { row: 17, column: 'InvoiceDate', detail: '"InvoiceDate" does not fit the format.' },
    });
  });

  it('makes one order of all its lines, worth their exact sum', () => {
    const lines = [
      lineOf(read('orders', RETAIL_ROW, RETAIL, 1)),
      lineOf(read('orders', { ...RETAIL_ROW, UnitPrice: '0.1', Quantity: '3' }, RETAIL, 2)),
      lineOf(read('orders', { ...RETAIL_ROW, InvoiceDate: '2010-12-01 08:25:00' }, RETAIL, 3)),
    ];
    const gathered = gatherOrder(lines, shortHash);
    expect(gathered).toMatchObject({
      call: {
        event: 'Order Completed',
        userId: '17850',
        timestamp: '2010-12-01T08:25:00.000Z',
        properties: { order_id: '536365', revenue: 30.9, currency: 'GBP' },
        context: { traits: { country: 'United Kingdom' } },
      },
    });
    const parsed =
      'call' in gathered ? parseCall(gathered.call, { receivedAt: SAID_AT, newId: String }) : null;
    expect(parsed).toMatchObject({ ok: true, call: { properties: { products: { length: 3 } } } });
  });

  it('is refused with its order where the lines name two customers', () => {
    const lines = [
      lineOf(read('orders', RETAIL_ROW, RETAIL, 1)),
      lineOf(read('orders', { ...RETAIL_ROW, CustomerID: '2' }, RETAIL, 2)),
    ];
    const detail = 'The lines of this order name more than one customer.';
    expect(gatherOrder(lines, shortHash)).toEqual({
      faults: [1, 2].map((row) => ({ row, column: null, detail })),
    });
  });

  it('may say the worth of the line, or of the order', () => {
    const row = {
      order_id: 1,
      external_id: 7,
      at: '2026-01-01',
      product_id: 3,
      quantity: 3,
      total: 2,
    };
    expect(lineOf(read('orders', row))).toMatchObject({
      worth: '2',
      item: { price: 0.6667, product_id: '3' },
    });
    const whole = { order_id: 1, external_id: 7, at: '2026-01-01', revenue: '9.90' };
    expect(lineOf(read('orders', whole))).toMatchObject({ worth: null, revenue: '9.90' });
  });
});

describe('a row of a profiles file', () => {
  it('needs no map, and is cleaned with a note of each change', () => {
    const row = {
      'Customer ID': '42',
      Email: ' Anna@Shop.Example ',
      phone: '00380501234567',
      'First Name': 'Anna  Maria',
      language: 'pt_BR',
      timezone: 'Moon/Base',
      points: '120',
      zip: '01234',
      vip: 'TRUE',
      empty: '',
    };
    const told = read('profiles', row);
    expect(callOf(told)).toMatchObject({
      type: 'identify',
      userId: '42',
      timestamp: '2026-06-01T00:00:00.000Z',
      traits: {
        email: 'anna@shop.example',
        phone: '+380501234567',
        first_name: 'Anna Maria',
        language: 'pt-BR',
        points: 120,
        zip: '01234',
        vip: true,
      },
    });
    expect(callOf(told).traits).not.toHaveProperty('empty');
    expect(callOf(told).traits).not.toHaveProperty('timezone');
    expect(told.outcome === 'taken' ? told.changes.map(({ column }) => column) : []).toEqual([
      'Email',
      'phone',
      'at',
      'First Name',
      'language',
      'timezone',
    ]);
  });

  it('says of a birthday that is no date what to do about it', () => {
    const detail = '"birthday" is no ISO date; say its `format` in the map.';
    expect(read('profiles', { id: '1', birthday: '03/04/1990' })).toMatchObject({
      outcome: 'rejected',
      fault: { column: 'birthday', detail },
    });
  });

  it('is known by its address where it has no id, the same in every file', () => {
    const one = callOf(read('profiles', { email: 'A@b.example', city: 'Lviv' }));
    const two = callOf(read('profiles', { city: 'Kyiv', email: 'a@b.example' }));
    expect(one.anonymousId).toBe(two.anonymousId);
    expect(read('profiles', { email: 'nobody', city: 'Lviv' }).outcome).toBe('rejected');
  });

  it('with a date of its own is the same event in every file; without one it is said anew', () => {
    const dated = { id: '1', city: 'Lviv', at: '2026-01-01' };
    const idOf = (row: Record<string, Json>, number: number): Json | undefined =>
      callOf(read('profiles', row, null, number)).messageId;
    expect(idOf(dated, 1)).toBe(idOf({ at: '2026-01-01', city: 'Lviv', id: '1' }, 2));
    expect(idOf({ id: '1', city: 'Lviv' }, 1)).not.toBe(idOf({ id: '1', city: 'Lviv' }, 2));
    const notes = (row: Record<string, Json>): unknown => {
      const told = read('profiles', row);
      return told.outcome === 'taken' ? told.changes : told;
    };
    expect(notes(dated)).toEqual([]);
    const change = 'no date, so it counts as said now; the same file again says it again';
    expect(notes({ id: '1', city: 'Lviv' })).toEqual([{ column: 'at', change }]);
    expect(notes({ id: '1', date: '' })).toEqual([{ column: 'date', change }]);
  });
});

describe('rows of other files', () => {
  it('events keep what is left over as properties', () => {
    const row = { user_id: 'u', event: 'Level Up', timestamp: '2026-01-01T00:00:00Z', level: '3' };
    expect(callOf(read('events', row))).toMatchObject({
      type: 'track',
      event: 'Level Up',
      properties: { level: 3 },
    });
  });

  it('consents carry their proof', () => {
    const row = {
      external_id: 'u',
      channel: 'E-mail',
      granted: 'no',
      source: 'call centre',
      text: 'v2',
    };
    expect(callOf(read('consents', row))).toMatchObject({
      event: 'Consent Withdrawn',
      properties: { channel: 'email' },
      context: {
        consent: { categoryPreferences: { email: false }, source: 'call centre', text: 'v2' },
      },
    });
  });

  it('products are read from the feed shops already have', () => {
    const row = {
      id: 'P1',
      title: 'Boots',
      link: 'https://shop.example/p1',
      image_link: 'https://shop.example/p1.jpg',
      price: '15.00 EUR',
      product_type: 'Shoes > Boots',
      brand: 'Alp',
    };
    expect(read('products', row)).toMatchObject({
      taken: {
        product: {
          id: 'P1',
          texts: { name: 'Boots', url: 'https://shop.example/p1' },
          facts: { price: 1500, currency: 'EUR', categories: ['Shoes', 'Boots'], brand: 'Alp' },
          attributes: {},
        },
      },
    });
  });
});

describe('a header and its map', () => {
  it('name what is missing, and the nearest there is', () => {
    expect(
      faultsOf(() => read('orders', RETAIL_ROW, { ...RETAIL, external_id: 'CustomrID' })),
    ).toContain('The file has no column "CustomrID". Did you mean "CustomerID"?');
    expect(faultsOf(() => read('profiles', { emial: 'a@b.example', id: '1' }))).toContain(
      '"emial" is not known here. Did you mean "email"? If not, say in a map what it is.',
    );
    expect(faultsOf(() => read('orders', { order_id: '1', at: 'x', price: '1' }))).toEqual([
      'The file and its map do not fit together.',
      'No column says `external_id` or `anonymous_id` or `email` or `phone`.',
    ]);
    expect(faultsOf(() => parseImportMap({ ordr_id: 'x' }))).toContain(
      '"ordr_id" is not known here. Did you mean "order_id"?',
    );
    expect(faultsOf(() => read('profiles', { id: '1' }, { order_id: 'id' }))).toContain(
      '"order_id" says nothing about profiles.',
    );
  });

  it('may not name a column twice, nor a million', () => {
    const plan = (columns: string[]) => () => planImport('profiles', columns, null, defaults);
    expect(faultsOf(plan(['id', 'a', 'a']))).toContain('The column "a" is there twice.');
    const many = Array.from({ length: 1_000_000 }, (_, index) => `c${String(index)}`);
    expect(faultsOf(plan(many))).toEqual([
      'The file has 1000000 columns; at most 1000 can be read.',
    ]);
  });
});
