import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencyCode, toMajorUnits, toMinorUnits } from '#domain/profile/money.ts';

describe('money', () => {
  it.each([
    [19.99, 'EUR', 1999],
    ['19.9', 'EUR', 1990],
    [1.005, 'USD', 101],
    [1500, 'JPY', 1500],
    [1500.5, 'JPY', 1501],
    ['1.2345', 'KWD', 1235],
    [-5, 'EUR', -500],
    [0.1 + 0.2, 'EUR', 30],
    [1e-7, 'EUR', 0],
    [1e21, 'EUR', null],
    ['1,50', 'EUR', null],
    [Number.NaN, 'EUR', null],
    [null, 'EUR', null],
    [{}, 'EUR', null],
  ])('keeps %p %s as %p minor units', (amount, currency, minor) => {
    expect(toMinorUnits(amount, currency)).toBe(minor);
  });

  it('loses nothing on the way there and back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF'),
        (minor, currency) => {
          expect(toMinorUnits(toMajorUnits(minor, currency), currency)).toBe(
            minor === 0 ? 0 : minor,
          );
        },
      ),
    );
  });

  it('takes ISO 4217 codes in any case and nothing else', () => {
    expect(currencyCode(' eur ')).toBe('EUR');
    expect(currencyCode('€')).toBeNull();
    expect(currencyCode('constructor')).toBeNull();
  });
});
