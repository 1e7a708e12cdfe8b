import { describe, expect, it } from '@jest/globals';
import { nextPageRows, PAGE_ROWS_FIRST, PAGE_ROWS_MAX } from '#domain/source/page-rows.ts';

describe('nextPageRows', () => {
  it('grows to whole pages where rows are small', () => {
    const second = nextPageRows(PAGE_ROWS_FIRST, { rows: 50, chars: 10_000 });
    const third = nextPageRows(second, { rows: second, chars: 40_000 });
    expect([second, third]).toEqual([200, PAGE_ROWS_MAX]);
  });

  it('shrinks where rows are large, and never to nothing', () => {
    expect(nextPageRows(500, { rows: 500, chars: 20_000_000 })).toBe(100);
    expect(nextPageRows(500, { rows: 10, chars: 100_000_000 })).toBe(5);
  });

  it('stays as it was where nothing was read', () => {
    expect(nextPageRows(200, { rows: 0, chars: 0 })).toBe(200);
  });
});
