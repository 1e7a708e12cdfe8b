import { parseDecimal, type Decimal } from './decimal.ts';

/** Longer than any amount that somebody writes, currency and all. */
const AMOUNT_LENGTH_MAX = 60;

/** What an amount may be written with besides its figures: signs and codes of currencies, spaces. */
const CODE = /^([A-Z]{3})\s*(?=[-+\d.,])|(?<=[\d.,])\s*([A-Z]{3})$/;
const SIGNS = /[\p{Sc}\s'’]|(?:грн|руб|zł|kr|лв|Kč|Ft|lei)\.?/gu;

export interface Amount {
  value: Decimal;
  /** The currency's code, where the text names one. */
  currency: string | null;
  /** Whether anything but a plain number was written. */
  changed: boolean;
}

/**
 * Reads an amount as people and programs write it: `1234.5`, `£1,234.50`, `1 234,50 грн`,
 * `15.00 USD`. `decimal` says what stands before the decimals; without it, `1,234` is not guessed.
 */
export function readAmount(
  written: string | number,
  decimal?: '.' | ',',
): Amount | { fault: string } {
  const text = String(written).trim();
  if (decimal === undefined || typeof written === 'number') {
    const plain = parseDecimal(text);
    if (plain !== null) return { value: plain, currency: null, changed: false };
  }
  if (text === '' || text.length > AMOUNT_LENGTH_MAX) return { fault: 'is no amount' };
  const code = CODE.exec(text);
  const bare = text.replace(CODE, '').replaceAll(SIGNS, '').replace('−', '-');
  const plain = withPoint(bare, decimal);
  if (plain === null) {
    return {
      fault:
        'leaves open whether its comma or point comes before decimals or thousands; say `decimal` in the map',
    };
  }
  const value = parseDecimal(plain);
  if (value === null) return { fault: 'is no amount' };
  return { value, currency: code?.[1] ?? code?.[2] ?? null, changed: plain !== text };
}

/** The same figures with a point before the decimals and no other mark; null where it is open. */
function withPoint(text: string, decimal?: '.' | ','): string | null {
  const mark = decimal ?? markOf(text);
  if (mark === null) return null;
  const thousands = mark === '.' ? ',' : '.';
  const [whole = '', ...rest] = text.split(mark);
  // Marks between thousands stand before every third figure; anything else is another kind of text.
  const isGrouped = /^[+-]?\d{1,3}(?:[.,]\d{3})+$/.test(whole);
  const bare = isGrouped ? whole.replaceAll(thousands, '') : whole;
  return [bare === '' || bare === '-' ? `${bare}0` : bare, ...rest].join('.');
}

function markOf(text: string): '.' | ',' | null {
  const comma = text.lastIndexOf(',');
  const point = text.lastIndexOf('.');
  if (comma < 0) return (text.match(/\./g)?.length ?? 0) > 1 ? ',' : '.';
  if (point >= 0) return comma > point ? ',' : '.';
  if ((text.match(/,/g)?.length ?? 0) > 1) return '.';
  return text.length - comma - 1 === 3 ? null : ',';
}
