import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';
import { parseImportMap } from './import-map.ts';
import { planImport } from './plan-import.ts';
import { defaults, read, RETAIL, RETAIL_ROW } from './read-row.example.ts';
import type { ReadRow } from './read-row.ts';

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
