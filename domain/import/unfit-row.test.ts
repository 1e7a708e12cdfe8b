import { describe, expect, it } from '@jest/globals';
import type { Json } from '#domain/json.ts';
import { parseImportMap, type ImportKind } from './import-map.ts';
import { planImport } from './plan-import.ts';
import { readRow, type ReadRow } from './read-row.ts';

function read(kind: ImportKind, row: Readonly<Record<string, Json>>, map: unknown = null): ReadRow {
  const parsed = map === null ? null : parseImportMap(map);
  const plan = planImport(kind, Object.keys(row), parsed, { currency: 'USD', zone: 'UTC' });
  const same = (text: string): string => text;
  const tools = { email: same, phone: same, hash: same };
  const frame = { importId: 'i', saidAt: 0, tools };
  return readRow(plan, { number: 1, cells: Object.values(row) }, frame);
}

describe('A row', () => {
  it('is refused alone where a cell is too deep to be walked, or cannot be kept', () => {
    const who = { external_id: '1', event: 'E', at: '2026-01-01' };
    let deep: Json = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    const skip = [{ column: 'x', is: 'y' }];
    for (const x of [deep, { 'a\u0000b': 1 }, { $set: 1 }]) {
      expect(read('events', { ...who, x })).toMatchObject({ fault: { row: 1, column: 'x' } });
      expect(read('events', { ...who, x }, { skip })).toMatchObject({ fault: { column: 'x' } });
      expect(read('products', { product_id: 'p', x })).toMatchObject({ fault: { column: 'x' } });
      // Nobody looks at what is not used.
      const map = { properties: { y: 'y' } };
      expect(read('events', { ...who, y: 1, x }, map)).toMatchObject({ outcome: 'taken' });
    }
    const properties = `{"x":${'['.repeat(50)}${']'.repeat(50)}}`;
    expect(read('events', { ...who, properties })).toMatchObject({
      fault: { column: 'properties' },
    });
  });

  it('is left out by amounts as the map writes them', () => {
    const skip = [{ column: 'Quantity', lte: 0 }];
    const row = { external_id: '1', event: 'E', at: '2026-01-01' };
    const outcome = (quantity: Json, decimal?: ','): string =>
      read('events', { ...row, Quantity: quantity }, { skip, ...(decimal && { decimal }) }).outcome;
    expect(outcome('-1,500', ',')).toBe('skipped');
    expect(outcome('1,500', ',')).toBe('taken');
    expect(outcome(-1.5, ',')).toBe('skipped');
    expect(outcome('-1.5')).toBe('skipped');
  });
});
