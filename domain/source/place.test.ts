import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cursorKindOf, valueBack } from '#domain/source/place.ts';

const reachedAt = Date.UTC(2026, 10, 22, 12);
const back = (value: string, lookBack?: string | number): string =>
  valueBack(value, { lookBack, reachedAt });

describe('valueBack', () => {
  it('goes five minutes back from an instant, or as far as is said', () => {
    expect(back('2026-11-22 10:00:00.123456+00')).toBe('2026-11-22T09:55:00.123Z');
    expect(back('2026-11-22 10:00:00.123456+02', 'PT1H')).toBe('2026-11-22T07:00:00.123Z');
    expect(back('2026-11-22', 'P1D')).toBe('2026-11-21');
    expect(back('2026-11-22 10:00:00', 'PT1H')).toBe('2026-11-22T09:00:00.000');
  });

  it('goes a thousand back from a number, whatever its size', () => {
    expect(back('1500')).toBe('500');
    expect(back('9223372036854775807', 7)).toBe('9223372036854775800');
    expect(back('2.5', 1)).toBe('1.5');
  });

  it('takes an instant ahead of the clock for the one at which it was read', () => {
    expect(back('2126-11-22 10:00:00+00')).toBe('2026-11-22T11:55:00.000Z');
    expect(back('infinity', 'PT1H')).toBe('2026-11-22T11:00:00.000Z');
  });

  it('leaves texts as they are', () => {
    expect(back('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
  });

  it('says so where a duration meets numbers, and a number instants', () => {
    expect(() => back('1500', 'PT5M')).toThrow('as a number');
    expect(() => back('2026-11-22', 1000)).toThrow('as a duration');
  });

  it('never begins after the place that was reached', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), fc.nat(), (value, lookBack) => {
        expect(BigInt(back(String(value), lookBack)) <= value).toBe(true);
      }),
    );
    const instants = fc.date({
      min: new Date('1990-01-01T00:00:00Z'),
      max: new Date('2200-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, fc.nat({ max: 100_000 }), (date, seconds) => {
        const text = back(date.toISOString(), `PT${String(seconds + 1)}S`);
        expect(cursorKindOf(text)).toBe('instant');
        expect(Date.parse(text)).toBeLessThan(Math.min(date.getTime(), reachedAt));
      }),
    );
  });
});
