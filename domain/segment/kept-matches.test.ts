import { describe, expect, it } from '@jest/globals';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import {
  joinKept,
  keepEvent,
  keptFor,
  KEPT_MAX,
  NOTHING_KEPT,
  type KeptAsk,
  type KeptMatches,
} from './kept-matches.ts';

const NOW = Date.parse('2026-05-17T12:00:00Z');
const setting = { now: NOW, zone: 'UTC' };
const window: KeptAsk = {
  id: 'bought',
  ask: { event: 'Bought' },
  keep: { kind: 'window', ms: 30 * DAY_MS },
};
const spent: KeptAsk = { ...window, ask: { event: 'Bought', path: 'properties.price' } };

const bought = (daysAgo: number, price?: number): FactEvent => ({
  occurredAt: NOW - daysAgo * DAY_MS,
  properties: price === undefined ? {} : { price },
});
const after = (asked: KeptAsk, events: FactEvent[], before = NOTHING_KEPT): KeptMatches =>
  events.reduce((kept, event) => keepEvent(kept, asked, event, setting), before);
const days = (kept: KeptMatches): number[] | undefined =>
  kept.at?.map((instant) => (NOW - instant) / DAY_MS);

describe('what is kept of events that segments count', () => {
  it('stands in the order in which they happened, whenever they were told', () => {
    expect(days(after(window, [bought(1), bought(9), bought(4)]))).toEqual([9, 4, 1]);
  });

  it('keeps the number that each brought beside it, and none where none is asked for', () => {
    const kept = after(spent, [bought(1, 10), bought(9), bought(4, 40)]);
    expect(kept.values).toEqual([null, 40, 10]);
    expect(after(window, [bought(1, 10)])).not.toHaveProperty('values');
  });

  it('lets go what no window reaches, and of too many the oldest', () => {
    expect(days(after(window, [bought(31), bought(2)]))).toEqual([2]);
    const many = after(
      window,
      Array.from({ length: KEPT_MAX + 1 }, (_, index) => bought(1 + index / KEPT_MAX)),
    );
    expect(many.at).toHaveLength(KEPT_MAX);
    expect(days(many)?.at(-1)).toBe(1);
  });

  it('reads what was written in pairs before, and goes on flat', () => {
    const pairs: KeptMatches = { single: [[NOW - 3 * DAY_MS, 30]] };
    const single = { at: [NOW - 3 * DAY_MS], values: [30] };
    expect(keptFor(pairs, spent.keep)).toEqual({ single, totals: null });
    const kept = after(spent, [bought(1, 10)], pairs);
    expect(kept).toEqual({ at: [NOW - 3 * DAY_MS, NOW - DAY_MS], values: [30, 10] });
  });

  it('joins those of two customers who are one in their order', () => {
    const one = after(spent, [bought(5, 50), bought(1, 10)]);
    const other = after(spent, [bought(3, 30)]);
    const joined = joinKept(one, other, spent.keep, NOW);
    expect([days(joined), joined.values]).toEqual([
      [5, 3, 1],
      [50, 30, 10],
    ]);
    expect(joinKept(NOTHING_KEPT, NOTHING_KEPT, window.keep, NOW)).toEqual({ at: [] });
  });
});
