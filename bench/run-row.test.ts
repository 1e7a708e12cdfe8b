import { describe, expect, it } from '@jest/globals';
import type { LineSpec } from './row.ts';
import { lineOf, type Round } from './run-row.ts';

const round = (ours: number, limit: number): Round => [
  { side: 'kairos', figures: { perSecond: ours, costMs: ours }, foreign: 0 },
  { side: 'plain', figures: { perSecond: limit, costMs: limit }, foreign: 0 },
];
const rounds = [round(50, 100), round(60, 50), round(80, 100)];

const line = (better: 'more' | 'less', target?: number): LineSpec => ({
  what: 'work',
  side: 'kairos',
  figure: better === 'more' ? 'perSecond' : 'costMs',
  unit: better === 'more' ? '/s' : 'ms',
  against: { side: 'plain', label: 'plain', better, ...(target === undefined ? {} : { target }) },
});

describe('a line of the bench', () => {
  it('is the median of the ratios within rounds, not the ratio of medians', () => {
    const { ours, limit, ratio } = lineOf(line('more'), rounds);
    expect(ours.median).toBe(60);
    expect(limit?.median).toBe(100);
    expect(ratio).toEqual({ median: 0.8, min: 0.5, max: 1.2 });
  });

  it('turns times and costs round, so that above 1 is good', () => {
    expect(lineOf(line('less'), rounds).ratio).toEqual({ median: 1.25, min: 50 / 60, max: 2 });
  });

  it('says whether what was promised is kept, and nothing where nothing was', () => {
    expect(lineOf(line('more', 0.8), rounds).met).toBe(true);
    expect(lineOf(line('more', 0.81), rounds).met).toBe(false);
    expect(lineOf(line('more'), rounds).met).toBeNull();
  });

  it('keeps a bound only if every round does', () => {
    const bound = { what: 'work', side: 'kairos', figure: 'perSecond', unit: 'events' } as const;
    expect(lineOf({ ...bound, atMost: 80 }, rounds)).toMatchObject({ met: true, ratio: null });
    expect(lineOf({ ...bound, atMost: 79 }, rounds).met).toBe(false);
  });

  it('takes the best of several limits, round by round', () => {
    const both = rounds.map((one, index): Round => [
      ...one,
      { side: 'other', figures: { perSecond: 75, costMs: 75 }, foreign: index },
    ]);
    const against = { side: ['plain', 'other'], label: 'the better', better: 'more' } as const;
    expect(lineOf({ ...line('more'), against }, both).limit).toEqual({
      median: 100,
      min: 75,
      max: 100,
    });
    const cheaper = { ...against, better: 'less' } as const;
    expect(lineOf({ ...line('less'), against: cheaper }, both).limit).toEqual({
      median: 75,
      min: 50,
      max: 75,
    });
  });

  it('refuses a figure that a side did not measure', () => {
    expect(() => lineOf({ ...line('more'), figure: 'speed' }, rounds)).toThrow(
      'kairos did not measure speed',
    );
  });
});
