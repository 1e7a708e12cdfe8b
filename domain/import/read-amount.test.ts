import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { add, decimalToMinor, decimalToNumber, multiply, parseDecimal, ZERO } from './decimal.ts';
import { readAmount } from './read-amount.ts';

function number(text: string | number, decimal?: '.' | ','): number | string {
  const amount = readAmount(text, decimal);
  return 'fault' in amount ? amount.fault : decimalToNumber(amount.value);
}

describe('an amount in a file', () => {
  it.each([
    ['2.55', 2.55],
    ['-1', -1],
    [4.99, 4.99],
    ['£1,234.50', 1234.5],
    ['1.234,50 €', 1234.5],
    ['1 234,50 грн', 1234.5],
    ['1\u202f234,50', 1234.5],
    ["1'234.50", 1234.5],
    ['1,234,567', 1_234_567],
    ['1.234.567', 1_234_567],
    ['0,5', 0.5],
    ['.5', 0.5],
  ])('%s is %d', (text, value) => {
    expect(number(text)).toBe(value);
  });

  it('names its currency where it does', () => {
    expect(readAmount('15.00 USD')).toMatchObject({ currency: 'USD' });
    expect(readAmount('EUR 15.00')).toMatchObject({ currency: 'EUR' });
  });

  it('is not guessed where its comma may be either', () => {
    expect(number('1,234')).toMatch(/decimals or thousands/);
    expect(number('1,234', ',')).toBe(1.234);
    expect(number('1,234', '.')).toBe(1234);
    expect(number('1.234', ',')).toBe(1234);
  });

  it.each(['', 'abc', '1-2', '12..5', '1,2,3', '--5'])('"%s" is none', (text) => {
    expect(number(text)).toMatch(/no amount/);
  });
});

describe('exact decimals', () => {
  const cents = fc.integer({ min: -10_000_000, max: 10_000_000 });
  const text = (value: number): string => (value / 100).toFixed(2);

  it('sum up to the cent whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cents, fc.integer({ min: 0, max: 1000 }))), (lines) => {
        const sum = lines.reduce((total, [price, quantity]) => {
          const [one, two] = [parseDecimal(text(price)), parseDecimal(String(quantity))];
          return add(total, multiply(one ?? ZERO, two ?? ZERO));
        }, ZERO);
        const wanted = lines.reduce((total, [price, quantity]) => total + price * quantity, 0);
        expect(decimalToMinor(sum, 'EUR')).toBe(wanted === 0 ? 0 : wanted);
      }),
    );
  });

  it('are rounded once, halves away from zero', () => {
    const half = parseDecimal('0.125') ?? ZERO;
    expect(decimalToMinor(half, 'EUR')).toBe(13);
    expect(decimalToMinor(add(half, half), 'EUR')).toBe(25);
    expect(decimalToMinor(parseDecimal('-0.125') ?? ZERO, 'EUR')).toBe(-13);
    expect(decimalToMinor(parseDecimal('1e-7') ?? ZERO, 'EUR')).toBe(0);
    expect(decimalToMinor(parseDecimal('12.5') ?? ZERO, 'JPY')).toBe(13);
  });
});
