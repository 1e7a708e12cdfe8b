import { describe, expect, it } from '@jest/globals';
import type { Column } from '#domain/export/export.ts';
import { factColumns, layOut, withFacts } from '#domain/export/lay-out.ts';

const ID: Column = { name: 'external_id', type: 'text' };
const MORE: Column = { name: 'kairos_more', type: 'json' };

describe('The columns of a table', () => {
  it('follow the kinds of value that were seen, in the order of their names', () => {
    const seen = [
      { name: 'points', types: ['int', 'double', 'null'] },
      { name: 'city', types: ['string'] },
      { name: 'vip', types: ['bool'] },
      { name: 'mixed', types: ['string', 'int'] },
      { name: 'tags', types: ['array'] },
      { name: 'nothing', types: ['null'] },
    ];
    expect(factColumns(seen, [ID])).toEqual([
      { name: 'city', type: 'text' },
      { name: 'mixed', type: 'json' },
      { name: 'nothing', type: 'json' },
      { name: 'points', type: 'number' },
      { name: 'tags', type: 'json' },
      { name: 'vip', type: 'boolean' },
    ]);
  });

  it('are never two of one name, and at most 900 of facts', () => {
    const seen = Array.from({ length: 2_000 }, (_, at) => ({
      name: `fact ${String(at)}`,
      types: ['int'],
    }));
    const taken = [
      { name: 'external_id', types: ['int'] },
      { name: 'kairos_x', types: ['int'] },
    ];
    const columns = factColumns([...taken, ...seen], [ID]);
    expect(columns).toHaveLength(900);
    expect(columns.some(({ name }) => name === 'external_id' || name === 'kairos_x')).toBe(false);
  });
});

describe('A row', () => {
  it('lies under its columns, with null where it says nothing', () => {
    const columns = [
      ID,
      { name: 'city', type: 'text' },
      { name: 'points', type: 'number' },
    ] as const;
    expect(layOut(columns, { points: 3, external_id: '1' })).toEqual(['1', null, 3]);
  });

  it('keeps what has no column, what clashes and what is of another kind', () => {
    const columns: Column[] = [ID, { name: 'points', type: 'number' }, MORE];
    const row = withFacts(
      { external_id: '1' },
      { external_id: 'other', points: 'many', late: true, kairos_x: 1 },
    );
    expect(layOut(columns, row)).toEqual([
      '1',
      null,
      { external_id: 'other', kairos_x: 1, points: 'many', late: true },
    ]);
  });
});
