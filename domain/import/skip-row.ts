import type { Json } from '#domain/json.ts';
import { decimalToNumber } from './decimal.ts';
import type { Skip } from './import-map.ts';
import type { PlannedSkip } from './import-plan.ts';
import { readAmount } from './read-amount.ts';

/**
 * Whether one of the rules leaves this row out; of one rule, all that it says must hold. `decimal` is
 * what the map says stands before decimals.
 */
export function isSkipped(
  skips: readonly PlannedSkip[],
  cells: readonly Json[],
  decimal?: '.' | ',',
): boolean {
  return skips.some(({ index, skip }) => {
    const cell = cells[index] ?? null;
    const text = textOf(cell);
    // A number of a typed source is written with a point whatever the map says.
    const mark = typeof cell === 'number' ? undefined : decimal;
    return sayWhat(skip, text) && sayHow(skip, text) && sayHowMuch(skip, text, mark);
  });
}

/** Lists and objects are compared as JSON. */
function textOf(cell: Json): string {
  if (cell === null) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell).trim();
}

function sayWhat({ empty, is, isNot, in: among }: Skip, text: string): boolean {
  return (
    (empty === undefined || (text === '') === empty) &&
    (is === undefined || isSame(text, is)) &&
    (isNot === undefined || !isSame(text, isNot)) &&
    (among === undefined || among.some((one) => isSame(text, one)))
  );
}

function sayHow({ startsWith, endsWith, contains }: Skip, text: string): boolean {
  return (
    (startsWith === undefined || text.startsWith(startsWith)) &&
    (endsWith === undefined || text.endsWith(endsWith)) &&
    (contains === undefined || text.includes(contains))
  );
}

/** How a number may stand to the bound that a rule names. */
const COMPARED = {
  lt: (number: number, bound: number) => number < bound,
  lte: (number: number, bound: number) => number <= bound,
  gt: (number: number, bound: number) => number > bound,
  gte: (number: number, bound: number) => number >= bound,
} as const;
const COMPARISONS = ['lt', 'lte', 'gt', 'gte'] as const;

/** What is no number is neither more nor less than anything. */
function sayHowMuch(skip: Skip, text: string, decimal?: '.' | ','): boolean {
  const said = COMPARISONS.filter((word) => skip[word] !== undefined);
  if (said.length === 0) return true;
  const amount = readAmount(text, decimal);
  if ('fault' in amount) return false;
  const number = decimalToNumber(amount.value);
  return said.every((word) => COMPARED[word](number, skip[word] ?? 0));
}

function isSame(text: string, wanted: string | number | boolean): boolean {
  if (typeof wanted !== 'number') return text === String(wanted);
  return text !== '' && Number(text) === wanted;
}
