import { describe, expect, it } from '@jest/globals';
import { TELLING_MAX, untilTelling } from './apply-batch.ts';

const LISTENED = new Set(['Cart Updated']);

const events = (count: number, name: string): { name: string; merges?: string[] }[] =>
  Array.from({ length: count }, () => ({ name }));

describe('what is applied at once', () => {
  it('is all that was taken where no run is told of it', () => {
    const viewed = events(1_000, 'Product Viewed');
    expect(untilTelling(viewed, LISTENED)).toBe(viewed);
  });

  it('ends before the first event too many to be told to runs', () => {
    const viewed = events(10, 'Product Viewed');
    const carts = events(TELLING_MAX + 5, 'Cart Updated');
    const taken = untilTelling([...viewed, ...carts], LISTENED);
    expect(taken).toHaveLength(10 + TELLING_MAX);
    expect(taken.at(-1)).toBe(carts[TELLING_MAX - 1]);
  });

  it('counts receipts and merges, of which runs are told whatever they listen for', () => {
    const opened = events(TELLING_MAX, 'Email Opened');
    const merge = { name: 'Identified', merges: ['q'] };
    expect(untilTelling([...opened, merge], LISTENED)).toEqual(opened);
  });
});
