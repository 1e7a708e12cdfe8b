import { describe, expect, it } from '@jest/globals';
import { columnMeanings } from './column-meanings.ts';
import { parseImportMap, type ImportKind } from './import-map.ts';
import { planImport } from './plan-import.ts';

/** `column → becomes name`, in the order of the file. */
function told(kind: ImportKind, columns: string[], map: unknown = null): string[] {
  const parsed = map === null ? null : parseImportMap(map);
  const plan = planImport(kind, columns, parsed, { currency: 'USD', zone: 'UTC' });
  return columnMeanings(plan).map(({ column, becomes, name }) =>
    [column, '→', becomes, ...(name === null ? [] : [name])].join(' '),
  );
}

describe('What the columns of a file become', () => {
  it('is said of each, in the order of the file', () => {
    expect(told('profiles', ['First Name', 'created_at', 'Customer ID', 'kairos_id'])).toEqual([
      'First Name → attribute first_name',
      'created_at → field at',
      'Customer ID → identity external_id',
      'kairos_id → ignored',
    ]);
    expect(told('events', ['email', 'event', 'time', 'properties', 'level'])).toEqual([
      'email → identity email',
      'event → field event',
      'time → field at',
      'properties → properties',
      'level → property level',
    ]);
    expect(told('products', ['id', 'title', 'colour'])).toEqual([
      'id → field product_id',
      'title → field name',
      'colour → attribute colour',
    ]);
    expect(told('audience', ['hash', 'segment'])).toEqual([
      'hash → identity email_sha256',
      'segment → ignored',
    ]);
  });

  it('names what an order is worth by, and what is therefore not looked at', () => {
    const columns = [
      'order',
      'customer',
      'date',
      'qty',
      'unit_price',
      'total',
      'order_total',
      'tax',
    ];
    expect(told('orders', columns)).toEqual([
      'order → field order_id',
      'customer → identity external_id',
      'date → field at',
      'qty → line quantity',
      'unit_price → line price',
      'total → ignored',
      'order_total → ignored',
      'tax → property tax',
    ]);
    expect(told('orders', ['order', 'email', 'date', 'order_total']).at(-1)).toBe(
      'order_total → field revenue',
    );
  });

  it('follows the map: a column twice, one that only skips rows, one of a part nobody reads', () => {
    const map = {
      external_id: 'Mail',
      email: 'Mail',
      event: { value: 'Joined' },
      at: 'When',
      properties: { plan: 'Plan' },
      skip: [{ column: 'Test', is: true }],
    };
    expect(told('events', ['Mail', 'When', 'Plan', 'Test', 'Rest'], map)).toEqual([
      'Mail → identity external_id',
      'Mail → identity email',
      'When → field at',
      'Plan → property plan',
      'Test → skip',
      'Rest → ignored',
    ]);
    expect(told('profiles', ['email', 'plan'], { properties: { plan: 'plan' } })[1]).toBe(
      'plan → ignored',
    );
  });
});
