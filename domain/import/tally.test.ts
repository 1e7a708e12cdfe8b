import { expect, it } from '@jest/globals';
import { byRow, Tally } from './tally.ts';

it('The faults of an import are told by row, in whatever order they were found', () => {
  const tally = new Tally({ rows: 0, accepted: 0, rejected: 0, skipped: 0 }, [], 0);
  const detail = 'It is broken.';
  for (const row of [5, 2, 11]) tally.reject({ row, column: null, detail });
  tally.reject({ row: 2, column: 'at', detail });
  expect(byRow(tally.takeNews()).map(({ row, column }) => [row, column])).toEqual([
    [2, null],
    [2, 'at'],
    [5, null],
    [11, null],
  ]);
});
