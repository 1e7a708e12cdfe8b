import { currencyExponent } from '#domain/profile/money.ts';

/** An exact decimal number: `units` × 10^-`scale`. Sums and products lose nothing. */
export interface Decimal {
  units: bigint;
  /** Decimals, 0 or more. */
  scale: number;
}

export const ZERO: Decimal = { units: 0n, scale: 0 };
export const ONE: Decimal = { units: 1n, scale: 0 };

const PLAIN = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?$/;
/** What JavaScript writes of tiny and huge numbers; an exponent beyond this is no amount. */
const EXPONENTIAL = /^([+-]?\d(?:\.\d{1,20})?)e([+-]\d{1,2})$/;

/** A plain decimal text such as `-19.90`, or what `String` makes of a number; null otherwise. */
export function parseDecimal(text: string): Decimal | null {
  const match = PLAIN.exec(text);
  if (match === null) return parseExponential(text);
  const fraction = match[3] ?? '';
  const units = BigInt(`${match[2] ?? '0'}${fraction}`);
  return { units: match[1] === '-' ? -units : units, scale: fraction.length };
}

function parseExponential(text: string): Decimal | null {
  const match = EXPONENTIAL.exec(text);
  const base = match === null ? null : parseDecimal(match[1] ?? '');
  if (match === null || base === null) return null;
  const scale = base.scale - Number(match[2]);
  return scale >= 0 ? { ...base, scale } : { units: base.units * 10n ** BigInt(-scale), scale: 0 };
}

/** The exact sum. */
export function add(one: Decimal, two: Decimal): Decimal {
  const scale = Math.max(one.scale, two.scale);
  return { units: at(one, scale) + at(two, scale), scale };
}

/** The exact product. */
export function multiply(one: Decimal, two: Decimal): Decimal {
  return { units: one.units * two.units, scale: one.scale + two.scale };
}

function at({ units, scale }: Decimal, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}

/** As a JavaScript number, the nearest there is. */
export function decimalToNumber({ units, scale }: Decimal): number {
  const sign = units < 0n ? '-' : '';
  const text = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  return Number(`${sign}${text.slice(0, text.length - scale)}.${text.slice(text.length - scale)}`);
}

/**
 * Major units of a currency as integer minor units, rounded once, halves away from zero. Null for
 * what is too large to be kept exactly.
 */
export function decimalToMinor({ units, scale }: Decimal, currency: string): number | null {
  const shift = scale - currencyExponent(currency);
  const sign = units < 0n ? -1n : 1n;
  const size = units * sign;
  const divisor = 10n ** BigInt(Math.max(shift, 0));
  const raised = size * 10n ** BigInt(Math.max(-shift, 0));
  const rounded = (raised + divisor / 2n) / divisor;
  const minor = Number(rounded * sign);
  return Number.isSafeInteger(minor) ? minor : null;
}
