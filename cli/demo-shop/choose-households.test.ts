import { describe, expect, it } from '@jest/globals';
import { chooseHouseholds, type HouseholdFacts, SHARES } from './choose-households.ts';

const DAY_MS = 86_400_000;
const END = Date.UTC(2018, 0, 1, 4);

/** 2,000 households who bought last between yesterday and four months ago. */
const all: HouseholdFacts[] = Array.from({ length: 2_000 }, (_, index) => ({
  id: index + 1,
  lines: (index * 37) % 1_999,
  baskets: 3 + (index % 90),
  lastAt: END - (index % 120) * DAY_MS,
  hasDemographics: index % 3 === 0,
}));
const daysOf = (id: number): number => (id - 1) % 120;

describe('the choice of households', () => {
  const chosen = chooseHouseholds(all, END);

  it('is the same whatever order they come in', () => {
    expect(chooseHouseholds([...all].reverse(), END)).toEqual(chosen);
  });

  it('takes as many of each kind as the shop needs, each once', () => {
    expect(new Set(chosen).size).toBe(chosen.length);
    const count = (from: number, to: number): number =>
      chosen.filter((id) => daysOf(id) >= from && daysOf(id) <= to).length;
    expect(count(58, 59)).toBe(SHARES.fallingAsleep);
    expect(count(61, 120)).toBe(SHARES.asleep);
    expect(count(0, 57)).toBe(SHARES.described + SHARES.plain);
    expect(chosen.filter((id) => daysOf(id) < 58 && (id - 1) % 3 === 0).length).toBe(
      SHARES.described,
    );
  });

  it('spreads each kind from the lightest to the heaviest buyer', () => {
    const lines = chosen.map((id) => all[id - 1]?.lines ?? 0);
    const inTenth = (tenth: number): number =>
      lines.filter((count) => Math.floor(count / 200) === tenth).length;
    for (let tenth = 0; tenth < 10; tenth += 1) {
      expect(inTenth(tenth)).toBeGreaterThan(chosen.length / 20);
    }
  });
});
