/**
 * Reads dates by patterns of Unicode's LDML (UTS #35, Date Field Symbols), as far as they say an
 * instant: year, month, day, half day, hour, minute, second, fraction, offset, and names in English.
 */

/** What a text said, as far as it did. */
export interface DateFields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  /** Offset from UTC in ms, where the text names one. */
  offsetMs: number | null;
  /** Whether a time of the day was said. */
  hasTime: boolean;
}

/** A pattern made ready; the expression has one group for each of `keys`. */
export interface DatePattern {
  expression: RegExp;
  keys: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The expression of a field, by its letter and how often the letter stands. */
const FIELDS: Readonly<Record<string, (length: number) => string>> = {
  y: (length) => (length === 2 ? '(\\d{2})' : '(\\d{4})'),
  M: (length) => (length >= 3 ? '([A-Za-z]{3,9})\\.?' : digits()),
  d: digits,
  H: digits,
  k: digits,
  h: digits,
  K: digits,
  m: digits,
  s: digits,
  S: (length) => `(\\d{1,${String(Math.max(length, 1))}})`,
  a: () => '([AaPp]\\.?[Mm]\\.?)',
  E: () => '(?:[A-Za-z]{2,9})\\.?',
  X: () => '(Z|[+-]\\d{2}(?::?\\d{2})?)',
};

/** Letters that mean the same as another one when they are read. */
const SAME: Readonly<Record<string, string>> = { u: 'y', L: 'M', e: 'E', c: 'E', x: 'X', Z: 'X' };
const NOT_CAPTURED = new Set(['E']);

/** One letter takes one or two digits, two take one or two as well: people write 1/2/2026 and 01/02/2026. */
function digits(): string {
  return '(\\d{1,2})';
}

const compiledPatterns = new Map<string, DatePattern | { fault: string }>();
/** Maps hold few patterns; this is far more than a process sees in a day. */
const COMPILED_MAX = 1_000;

/** Makes a pattern ready to read with; the fault is a sentence for whoever wrote the map. */
export function compilePattern(pattern: string): DatePattern | { fault: string } {
  const known = compiledPatterns.get(pattern);
  if (known !== undefined) return known;
  const compiled = compile(pattern);
  if (compiledPatterns.size >= COMPILED_MAX) compiledPatterns.clear();
  compiledPatterns.set(pattern, compiled);
  return compiled;
}

/** A run of one letter, a quoted text, two quotes for one, or anything else. */
const PIECE = /([A-Za-z])\1*|'((?:[^']|'')+)'|''|[^A-Za-z']/gy;

function compile(pattern: string): DatePattern | { fault: string } {
  const keys: string[] = [];
  let source = '';
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < pattern.length) {
    const piece = PIECE.exec(pattern);
    if (piece === null) return { fault: 'A quote in the pattern is never closed.' };
    const [text, letter, quoted] = piece;
    if (letter === undefined) {
      source += literal(text === "''" ? "'" : (quoted?.replaceAll("''", "'") ?? text));
      continue;
    }
    const field = fieldOf(letter, text.length, keys);
    if ('fault' in field) return field;
    source += field.expression;
    if (field.key !== null) keys.push(field.key);
  }
  const missing = ['y', 'M', 'd'].filter((key) => !keys.includes(key));
  if (missing.length > 0) {
    const lacks = missing.join('`, `');
    return { fault: `A date needs year, month and day; the pattern lacks \`${lacks}\`.` };
  }
  return { expression: new RegExp(`^${source}$`, 'u'), keys };
}

/** A field's expression, and its key where what it says is read. */
function fieldOf(
  letter: string,
  length: number,
  taken: readonly string[],
): { expression: string; key: string | null } | { fault: string } {
  const key = SAME[letter] ?? letter;
  const expression = FIELDS[key]?.(length);
  if (expression === undefined) return { fault: unknownLetter(letter) };
  if (taken.includes(key)) return { fault: `The pattern says \`${letter}\` twice.` };
  return { expression, key: NOT_CAPTURED.has(key) ? null : key };
}

/** Text between fields; a space is any number of spaces of any width. */
function literal(text: string): string {
  return text === ' ' ? '[ \\u00a0\\u202f]+' : escaped(text);
}

function unknownLetter(letter: string): string {
  const meant: Readonly<Record<string, string>> = {
    Y: 'y',
    D: 'd',
    n: 'm',
    i: 'm',
    A: 'a',
    t: 'd',
  };
  const hint = meant[letter];
  const sentence = `\`${letter}\` is no part of a date that can be read here.`;
  if (hint === undefined) return `${sentence} Text stands in quotes: 'T'.`;
  return `${sentence} Did you mean \`${hint}\`?`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/gu, (sign) => (sign === '-' ? '-' : `\\${sign}`));
}

/** What a text says by a pattern; null where it does not fit or is no day of the calendar. */
export function readByPattern({ expression, keys }: DatePattern, text: string): DateFields | null {
  const match = expression.exec(text);
  if (match === null) return null;
  const said = new Map(keys.map((key, place) => [key, match[place + 1] ?? '']));
  const number = (key: string): number => Number(said.get(key) ?? '0');
  const month = monthOf(said.get('M') ?? '');
  const hour = hourOf(said);
  if (month === null || hour === null) return null;
  return checkedFields({
    year: yearOf(said.get('y') ?? ''),
    month,
    day: number('d'),
    hour,
    minute: number('m'),
    second: number('s'),
    ms: Number((said.get('S') ?? '0').slice(0, 3).padEnd(3, '0')),
    offsetMs: offsetOf(said.get('X')),
    hasTime: keys.some((key) => 'HkhKm'.includes(key)),
  });
}

/** Two digits mean 1970 to 2069, as in most spreadsheets and databases. */
function yearOf(text: string): number {
  const year = Number(text);
  if (text.length !== 2) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

function monthOf(text: string): number | null {
  if (/^\d/.test(text)) return Number(text);
  const place = MONTHS.indexOf(text.slice(0, 3).toLowerCase());
  return place < 0 ? null : place + 1;
}

function hourOf(said: ReadonlyMap<string, string>): number | null {
  const full = said.get('H') ?? said.get('k');
  if (full !== undefined) return said.has('k') ? Number(full) % 24 : Number(full);
  const half = said.get('h') ?? said.get('K');
  if (half === undefined) return 0;
  const hour = Number(half) % 12;
  if (Number(half) > 12) return null;
  return /^p/i.test(said.get('a') ?? '') ? hour + 12 : hour;
}

/** Minutes and seconds of an offset such as `+02:00`, in ms; null without one. */
export function offsetOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  if (/^z$/i.test(text)) return 0;
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(text);
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? '0');
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

/** The same fields where they are a day of the calendar and a time of the day; else null. */
export function checkedFields(fields: DateFields): DateFields | null {
  const { year, month, day, hour, minute, second } = fields;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  return hour > 23 || minute > 59 || second > 59 ? null : fields;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
