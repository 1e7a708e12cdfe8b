import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isHeldOut } from './holdout.ts';

const PEOPLE = Array.from({ length: 4_000 }, (_, index) => `person-${String(index)}`);

describe('a holdout', () => {
  it.each([1, 5, 20, 50])('of %s percent is that share of people', (percent) => {
    const held = PEOPLE.filter((id) => isHeldOut(id, percent)).length;
    const share = percent / 100;
    // Five standard deviations of a fair draw.
    const tolerance = 5 * Math.sqrt(PEOPLE.length * share * (1 - share));
    expect(Math.abs(held - PEOPLE.length * share)).toBeLessThan(tolerance);
  });

  it('is nobody at none and everybody at all', () => {
    expect(PEOPLE.some((id) => isHeldOut(id, 0))).toBe(false);
    expect(PEOPLE.every((id) => isHeldOut(id, 100))).toBe(true);
  });

  it('keeps its people as it grows', () => {
    const anyPercent = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.uuid(), anyPercent, anyPercent, (id, one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(isHeldOut(id, less) && !isHeldOut(id, more)).toBe(false);
      }),
    );
  });

  it('is drawn by each journey anew', () => {
    const both = PEOPLE.filter((id) => isHeldOut(id, 50, 'cart') && isHeldOut(id, 50, 'welcome'));
    expect(both.length).toBeGreaterThan(800);
    expect(both.length).toBeLessThan(1_200);
  });
});
