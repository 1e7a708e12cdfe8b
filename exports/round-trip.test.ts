import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { EXPORT_FORMATS, type ExportFormat } from '#domain/export/export.ts';
import { parseCall } from '#domain/event/tracking.ts';
import type { ImportKind } from '#domain/import/import-map.ts';
import { planImport } from '#domain/import/plan-import.ts';
import { readRow } from '#domain/import/read-row.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import type { Product } from '#domain/product/product.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { ExportStore } from '#exports/export-table.ts';
import { createOpenExport, type ExportAsk } from '#exports/open-export.ts';
import { openTable, surveyTable } from '#imports/open-table.ts';
import { normalizeEmail, normalizePhone } from '#profiles/normalize-addresses.ts';

const AT = Date.UTC(2026, 4, 6, 7, 8, 9, 123);

/** What is stored, held in memory; facts are seen as MongoDB would see them. */
class MemoryStore implements ExportStore {
  rows: Profile[] = [];
  goods: Product[] = [];
  bought: Order[] = [];
  identities = new Map<string, string[]>();

  profiles = ({ after, limit }: { after: string; limit: number }): Promise<Profile[]> =>
    page(this.rows, after, limit);
  products = ({ after, limit }: { after: string; limit: number }): Promise<Product[]> =>
    page(this.goods, after, limit);
  orders = ({ after, limit }: { after: { id: string } | null; limit: number }): Promise<Order[]> =>
    page(this.bought, after?.id ?? '', limit);
  events = (): Promise<[]> => Promise.resolve([]);
  runs = (): Promise<[]> => Promise.resolve([]);
  messages = (): Promise<[]> => Promise.resolve([]);
  seenFacts = (of: 'attributes' | 'consents') => seen(this.rows.map((row) => row[of]));
  seenProductFacts = () => seen(this.goods.map(({ attributes }) => attributes));
  oldestWaiting = (): Promise<null> => Promise.resolve(null);
  people = () => Promise.resolve({ erased: new Set<string>(), identities: this.identities });
}

function page<T extends { _id: string }>(rows: T[], after: string, limit: number): Promise<T[]> {
  const sorted = [...rows].sort((one, two) => (one._id < two._id ? -1 : 1));
  return Promise.resolve(sorted.filter(({ _id }) => _id > after).slice(0, limit));
}

function seen(objects: object[]): Promise<{ name: string; types: string[] }[]> {
  const types = new Map<string, Set<string>>();
  for (const [name, value] of objects.flatMap((object) => Object.entries(object))) {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    const known = { boolean: 'bool', number: 'double' } as Partial<Record<string, string>>;
    types.set(name, (types.get(name) ?? new Set()).add(known[kind] ?? kind));
  }
  return Promise.resolve([...types].map(([name, kinds]) => ({ name, types: [...kinds] })));
}

function person(id: string, attributes: JsonObject): Profile {
  const times = Object.fromEntries(Object.keys(attributes).map((name) => [name, AT]));
  return { ...newProfile(id, 0, AT), attributes, attributeTimes: times };
}

async function fileOf(store: ExportStore, ask: Partial<ExportAsk>): Promise<Buffer> {
  const whole: ExportAsk = {
    what: { table: 'profiles' },
    format: 'csv',
    formulas: 'escape',
    bom: false,
    since: null,
    until: null,
    ...ask,
  };
  const parts: Buffer[] = [];
  const open = createOpenExport(store, { currency: 'EUR', clock: () => AT });
  const { body } = await open(whole);
  for await (const part of body) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** What an import takes from a file: calls, lines of orders or products. */
async function imported(
  kind: ImportKind,
  format: ExportFormat,
  bytes: Buffer,
): Promise<JsonObject[]> {
  const file = {
    size: bytes.length,
    slice: (start: number, end: number) => Promise.resolve(bytes.subarray(start, end)),
    async *stream() {
      await Promise.resolve();
      yield bytes;
    },
  };
  const { columns } = await surveyTable(format, file);
  const plan = planImport(kind, columns, null, { currency: 'EUR', zone: 'UTC' });
  const tools = { email: normalizeEmail, phone: normalizePhone, hash: (text: string) => text };
  const frame = { importId: 'i', saidAt: 0, tools };
  const taken: JsonObject[] = [];
  for await (const rows of openTable({ format, columns }, file, plan).rows(0)) {
    for (const row of rows) {
      const read = readRow(plan, row, frame);
      if (read.outcome !== 'taken') throw new Error(JSON.stringify(read));
      const [one] = Object.values(read.taken) as unknown[];
      if (isJsonObject(one)) taken.push(one);
    }
  }
  return taken;
}

const ODD: JsonObject = {
  email: 'a@b.example',
  phone: '+380501234567',
  formula: '=cmd|" /C calc"!A0',
  minus: '-1+2',
  quoted: "'=said so",
  lines: 'one\ntwo\r\nthree',
  signs: 'a,b;c"d\'e',
  name: 'Їжак',
  debt: -19.9,
  points: 7,
  vip: true,
  created_at: 'a word of the shop’s own',
  date: 'nor this',
  customer_id: 'c-9',
};

describe('What goes out comes in again', () => {
  it.each(EXPORT_FORMATS)('as it was, facts and all: %s', async (format) => {
    const store = new MemoryStore();
    store.rows = [person('p1', ODD), person('p2', { city: 'Lviv' })];
    store.identities.set('p1', ['anonymous:a-1', 'external:1']);
    store.identities.set('p2', ['external:=2']);
    const calls = await imported('profiles', format, await fileOf(store, { format }));
    expect(calls).toMatchObject([
      { userId: '1', anonymousId: 'a-1', timestamp: new Date(AT).toISOString() },
      { userId: '=2' },
    ]);
    expect(calls.map(({ traits }) => traits)).toEqual([ODD, { city: 'Lviv' }]);
  });

  it('whatever the texts are', async () => {
    // An import takes spaces around for none, and texts that look like numbers for numbers.
    const word = fc
      .tuple(
        fc.constantFrom('=', '+', '-', '@', "'", "'=", '"', 'x'),
        fc.string({ unit: 'grapheme' }),
      )
      .map(([head, tail]) => `${head}x${tail}x`);
    const texts = fc.array(word, { minLength: 1, maxLength: 20 });
    await fc.assert(
      // Parquet takes a process for each file, so there is one to four others.
      fc.asyncProperty(
        texts,
        fc.constantFrom(...EXPORT_FORMATS, 'csv', 'ndjson'),
        async (words, format) => {
          const store = new MemoryStore();
          store.rows = words.map((said, at) => person(`p${String(at).padStart(3, '0')}`, { said }));
          for (const { _id } of store.rows) store.identities.set(_id, [`external:${_id}`]);
          const calls = await imported('profiles', format, await fileOf(store, { format }));
          expect(calls.map(({ traits }) => traits)).toEqual(words.map((said) => ({ said })));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(['ndjson', 'parquet'] as const)('with lists and objects: %s', async (format) => {
    const store = new MemoryStore();
    const facts = { tags: ['a', 'b'], home: { city: 'Lviv', floor: 3 }, mixed: 1 };
    store.rows = [person('p1', facts), person('p2', { mixed: 'two' })];
    store.identities.set('p1', ['external:1']).set('p2', ['external:2']);
    const calls = await imported('profiles', format, await fileOf(store, { format }));
    expect(calls.map(({ traits }) => traits)).toEqual([facts, { mixed: 'two' }]);
  });

  it.each(EXPORT_FORMATS)('also orders and products: %s', async (format) => {
    const store = new MemoryStore();
    store.identities.set('p1', ['external:1']);
    store.bought = [
      {
        ...{ _id: 'p1|o1', profileId: 'p1', orderId: 'o1', currency: 'EUR', at: AT },
        ...{ revenue: 1999, refunded: 500, eventIds: ['e'], completed: true },
      },
    ];
    store.goods = [
      {
        ...{ _id: 'P1', name: 'Boots', price: 1500, currency: 'EUR', stock: 3 },
        ...{ categories: ['Shoes', 'Boots'], attributes: { colour: 'red' }, languages: {} },
        ...{ revision: 1, createdAt: AT, updatedAt: AT },
      },
    ];
    const orders = await fileOf(store, { format, what: { table: 'orders' } });
    expect(await imported('orders', format, orders)).toMatchObject([
      { orderId: 'o1', who: { userId: '1' }, at: AT, revenue: '19.99', currency: 'EUR' },
    ]);
    const products = await fileOf(store, { format, what: { table: 'products' } });
    expect(await imported('products', format, products)).toMatchObject([
      {
        ...{ id: 'P1', texts: { name: 'Boots' }, attributes: { colour: 'red' } },
        facts: { price: 1500, currency: 'EUR', stock: 3, categories: ['Shoes', 'Boots'] },
      },
    ]);
  });
});

describe('Nothing is lost on the way out and in', () => {
  it.each(EXPORT_FORMATS)('of sales, and products no longer sold: %s', async (format) => {
    const store = new MemoryStore();
    const product = (id: string, more: Partial<Product>): Product => ({
      ...{ _id: id, attributes: {}, languages: {}, revision: 1, createdAt: AT, updatedAt: AT },
      ...{ price: 1500, currency: 'EUR', ...more },
    });
    const until = AT + 60_000;
    store.goods = [
      product('P1', {
        salePrice: 1200,
        saleFrom: AT,
        saleUntil: until,
        brand: 'Lodge',
        lowStock: 4,
      }),
      product('P2', { salePrice: 1200, saleUntil: until, availability: 'preorder' }),
      product('P3', { archivedAt: AT, stock: 2 }),
    ];
    const bytes = await fileOf(store, { format, what: { table: 'products' } });
    const [sold, open, archived] = await imported('products', format, bytes);
    expect(sold).toMatchObject({
      facts: { salePrice: 1200, saleFrom: AT, saleUntil: until, brand: 'Lodge', lowStock: 4 },
    });
    expect(open).toMatchObject({
      facts: { salePrice: 1200, saleFrom: null, saleUntil: until, availability: 'preorder' },
    });
    expect(archived).toMatchObject({ isArchived: true, facts: { stock: 2 } });
  });

  it.each(EXPORT_FORMATS)('of the proof of a consent: %s', async (format) => {
    const store = new MemoryStore();
    const proof = { source: 'checkout', text: 'Yes, write to me', textVersion: '2026-03' };
    const sms = { granted: true, at: AT, ...proof };
    store.rows = [{ ...person('p1', {}), consents: { sms } }];
    store.identities.set('p1', ['external:1']);
    const bytes = await fileOf(store, { format, what: { table: 'consents' } });
    const [call] = await imported('consents', format, bytes);
    const frame = { receivedAt: AT, importId: 'i', newId: () => 'id' };
    // Ids here are what they are the hash of, and too long.
    expect(parseCall({ ...call, messageId: 'm' }, frame)).toMatchObject({
      ok: true,
      call: { occurredAt: AT, consents: { sms: { granted: true, ...proof } } },
    });
  });
});

describe('A CSV file', () => {
  const store = new MemoryStore();
  store.rows = [person('p1', { '=note': '=1+1', debt: -5, phone: '+380501234567' })];
  const cells = async (ask: Partial<ExportAsk>): Promise<Record<string, string>> => {
    const [first] = parse<Record<string, string>>(await fileOf(store, ask), {
      columns: true,
      bom: true,
    });
    return first ?? {};
  };

  it('has no cell that a spreadsheet would run, header included, and leaves numbers and phones alone', async () => {
    const row = await cells({});
    expect(row).toMatchObject({ "'=note": "'=1+1", debt: '-5', phone: '+380501234567' });
    expect(
      [...Object.keys(row), ...Object.values(row)].filter((cell) => /^[=@]/.test(cell)),
    ).toEqual([]);
  });

  it('is as it is for programs, and marked as UTF-8 for Excel, where that is asked for', async () => {
    expect(await cells({ formulas: 'keep' })).toMatchObject({ '=note': '=1+1' });
    const marked = await fileOf(store, { bom: true });
    expect(marked.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  });

  it('without any rows has its header', async () => {
    const text = (await fileOf(new MemoryStore(), {})).toString();
    expect(text).toMatch(/^external_id,anonymous_id,email,phone,at,.*\r\n$/);
    const parquet = await fileOf(new MemoryStore(), { format: 'parquet' });
    expect(parquet.subarray(0, 4).toString()).toBe('PAR1');
  });
});
