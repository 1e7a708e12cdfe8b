import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#domain/errors.ts';
import { columnsNamed, pullMap } from '#domain/source/source-map.ts';
import { scheduleTimes } from '#domain/source/schedule-spec.ts';
import { parseNewSource, parseSource, rowsOf } from '#domain/source/source.ts';

const CUSTOMERS = {
  kind: 'postgresql',
  connection: 'SHOP',
  table: 'public.customers',
  cursor: { column: 'updated_at', key: 'id' },
  as: 'profiles',
};

function faultsOf(input: unknown): Record<string, string> {
  try {
    parseSource(input);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return Object.fromEntries(error.faults.map(({ pointer, detail }) => [pointer, detail]));
  }
  return {};
}

describe('a source', () => {
  it('is taken by the least that has to be said of it', () => {
    expect(parseSource(CUSTOMERS)).toEqual({ ...CUSTOMERS, paused: false });
    const ga4 = {
      kind: 'bigquery',
      connection: 'GA',
      preset: 'ga4',
      dataset: 'analytics_1',
      as: 'events',
    };
    expect(parseSource(ga4)).toMatchObject({ preset: 'ga4', maxBytesBilled: 10 * 1024 ** 3 });
    const sheet = { kind: 'google-sheets', connection: 'SHEET', as: 'profiles' };
    expect(parseSource(sheet)).toMatchObject({ range: 'A:ZZ' });
  });

  it('that is a sheet says which row is which where it is stored anew', () => {
    const sheet = { kind: 'google-sheets', connection: 'SHEET' };
    for (const as of ['profiles', 'consents']) {
      expect(() => parseNewSource({ ...sheet, as })).toThrow('not right');
      expect(parseNewSource({ ...sheet, as, key: 'id' })).toMatchObject({ as });
      expect(parseNewSource({ ...sheet, as, map: { at: 'Said' } })).toMatchObject({ as });
      // What was stored before is read on.
      expect(parseSource({ ...sheet, as })).toMatchObject({ as });
    }
    expect(parseNewSource({ ...sheet, as: 'products' })).toMatchObject({ as: 'products' });
    expect(parseNewSource(CUSTOMERS)).toEqual(parseSource(CUSTOMERS));
  });

  it('says of every mistake where it is and what to do', () => {
    expect(faultsOf({ ...CUSTOMERS, query: 'select 1' })).toEqual({
      '#': 'Say either `table` or `query`.',
    });
    expect(faultsOf({ ...CUSTOMERS, cursor: { column: 'updated_at' } })).toHaveProperty([
      '#/cursor/key',
    ]);
    expect(faultsOf({ ...CUSTOMERS, connection: 'postgres://u:p@h/d' })['#/connection']).toContain(
      'KAIROS_SOURCE_SHOP',
    );
    expect(faultsOf({ ...CUSTOMERS, schedule: { every: 'PT10S' } })['#/schedule/every']).toContain(
      'PT1M',
    );
    expect(faultsOf({ ...CUSTOMERS, schedule: { every: 'P1M' } })['#/schedule/every']).toContain(
      'cron',
    );
    expect(faultsOf({ ...CUSTOMERS, map: { emial: 'mail' } })['#/map/emial']).toContain('email');
    expect(faultsOf({ ...CUSTOMERS, kind: 'postgres' })['#/kind']).toContain('postgresql');
    const mongo = {
      ...CUSTOMERS,
      kind: 'mongodb',
      table: undefined,
      collection: 'c',
      filter: '{"$where":"1"}',
    };
    expect(faultsOf(mongo)['#/filter']).toContain('no code');
    expect(faultsOf({ kind: 'bigquery', connection: 'GA', preset: 'ga4', as: 'orders' })).toEqual({
      '#/preset':
        'With `preset: ga4` say `dataset` and `as: events`, and neither table, query nor map.',
    });
  });

  it('has the same rows whatever is said of their meaning and of when they are read', () => {
    const source = parseSource(CUSTOMERS);
    const same = { schedule: { every: 'PT1H' }, map: { email: 'mail' }, paused: true, name: 'x' };
    const later = { ...CUSTOMERS.cursor, lookBack: 'PT1H' };
    expect(rowsOf(parseSource({ ...CUSTOMERS, ...same, cursor: later }))).toBe(rowsOf(source));
    expect(rowsOf(parseSource({ ...CUSTOMERS, table: 'other' }))).not.toBe(rowsOf(source));
    const other = { ...CUSTOMERS.cursor, key: 'uuid' };
    expect(rowsOf(parseSource({ ...CUSTOMERS, cursor: other }))).not.toBe(rowsOf(source));
  });
});

describe('the map of a pull', () => {
  const source = parseSource(CUSTOMERS);

  it('dates what is said of customers by the cursor, where that is an instant', () => {
    expect(pullMap(source, 'instant')).toEqual({ at: 'updated_at' });
    expect(pullMap(source, 'number')).toBeNull();
    const dated = parseSource({ ...CUSTOMERS, map: { at: 'seen' } });
    expect(pullMap(dated, 'instant')).toEqual({ at: 'seen' });
    expect(pullMap(parseSource({ ...CUSTOMERS, as: 'events' }), 'instant')).toBeNull();
  });

  it('names its columns', () => {
    const map = {
      external_id: 'id',
      at: { column: 'when', format: 'yyyy' },
      event: { value: 'Paid' },
      attributes: { city: 'address.city' },
      currency: { column: 'cur' },
      zone: 'Europe/Kyiv',
      skip: [{ column: 'kind', is: 'test' }],
    };
    expect([...columnsNamed(map)].sort()).toEqual(['address.city', 'cur', 'id', 'kind', 'when']);
  });
});

describe('the times of a schedule', () => {
  it('are an interval, a cron on a clock, or none', () => {
    expect(scheduleTimes({ every: 'PT15M' })).toEqual({ intervals: [{ every: 900_000 }] });
    expect(scheduleTimes({ cron: '30 4 * * *', zone: 'Europe/Kyiv' })).toEqual({
      cronExpressions: ['30 4 * * *'],
      timezone: 'Europe/Kyiv',
    });
    expect(scheduleTimes(null)).toEqual({});
  });
});
