/** Currencies of ISO 4217 whose minor unit is not a hundredth; all others have two decimals. */
const EXPONENTS: Readonly<Record<string, number>> = {
  BHD: 3,
  BIF: 0,
  CLF: 4,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  UYI: 0,
  UYW: 4,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};
const EXPONENT_DEFAULT = 2;

const DECIMAL = /^([+-]?)(\d{1,15})(?:\.(\d{1,30}))?$/;

/** How many decimals the currency's major unit has: 0 for JPY, 3 for KWD, 2 for most. */
export function currencyExponent(currency: string): number {
  return (Object.hasOwn(EXPONENTS, currency) ? EXPONENTS[currency] : undefined) ?? EXPONENT_DEFAULT;
}

/** An ISO 4217 code as it is kept (`EUR`); null for what is none. */
export function currencyCode(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const code = value.trim().toUpperCase();
  return /^[A-Z]{3}$/.test(code) ? code : null;
}

/** A number, or text that is a plain decimal number (`19.90`), as a number; null otherwise. */
export function decimalNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return DECIMAL.test(text) ? Number(text) : null;
}

/**
 * Decimal major units (a number, or text such as `19.90`) as integer minor units of the currency,
 * halves rounded away from zero. The decimals are read as written, so 19.99 is 1999 and never 1998.
 * Null for what is no amount or too large to be kept exactly.
 */
export function toMinorUnits(amount: unknown, currency: string): number | null {
  const exponent = currencyExponent(currency);
  const text = typeof amount === 'number' ? String(amount) : amount;
  if (typeof text !== 'string') return null;
  const match = DECIMAL.exec(text.trim());
  // What String() writes with an exponent is tiny or huge: tiny ones round to nothing.
  if (match === null) return typeof amount === 'number' && Math.abs(amount) < 1e-6 ? 0 : null;
  const decimals = (match[3] ?? '').padEnd(exponent + 1, '0');
  const whole = Number(`${match[2] ?? '0'}${decimals.slice(0, exponent)}`);
  const up = decimals.charCodeAt(exponent) >= '5'.charCodeAt(0) ? 1 : 0;
  const minor = whole + up;
  if (!Number.isSafeInteger(minor)) return null;
  return match[1] === '-' && minor !== 0 ? -minor : minor;
}

/** Integer minor units as decimal major units: 1999 of EUR is exactly the number 19.99. */
export function toMajorUnits(minor: number, currency: string): number {
  return minor / 10 ** currencyExponent(currency);
}
