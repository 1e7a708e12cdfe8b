import { describe, expect, it } from '@jest/globals';
import { median, percentile, spread } from './statistics.ts';

describe('the statistics of the bench', () => {
  it('takes the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4])).toBe(4);
  });

  it('takes the mean of the two middle ones of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('has percentiles that were measured', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 95)).toBe(95);
    expect(percentile(hundred, 100)).toBe(100);
    expect(percentile([7, 3], 95)).toBe(7);
    expect(percentile([7, 3], 1)).toBe(3);
  });

  it('says how far apart the rounds were', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  it('knows nothing of nothing', () => {
    expect(() => median([])).toThrow('nothing');
    expect(() => percentile([], 50)).toThrow('nothing');
  });

  it('leaves the values as they were', () => {
    const values = [3, 1, 2];
    spread(values);
    expect(values).toEqual([3, 1, 2]);
  });
});
