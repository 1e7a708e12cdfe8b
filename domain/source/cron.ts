/** One part of a cron expression: its name for sentences, its bounds, and words for its values. */
interface Part {
  name: string;
  min: number;
  max: number;
  words: readonly string[];
  /** The value of the first word. */
  first: number;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const PARTS: readonly Part[] = [
  { name: 'minute', min: 0, max: 59, words: [], first: 0 },
  { name: 'hour', min: 0, max: 23, words: [], first: 0 },
  { name: 'day of the month', min: 1, max: 31, words: [], first: 0 },
  { name: 'month', min: 1, max: 12, words: MONTHS, first: 1 },
  { name: 'day of the week', min: 0, max: 7, words: DAYS, first: 0 },
];

/** Longer lists are no schedule anybody reads. */
export const CRON_LENGTH_MAX = 100;

/**
 * What is wrong with a cron expression of five parts (minute, hour, day, month, weekday), in a
 * sentence; null where nothing is. It is checked before it is stored: a schedule that Temporal
 * refuses later would be a source that silently never runs.
 */
export function cronFault(text: string): string | null {
  const given = text.trim().split(/\s+/);
  if (text.length > CRON_LENGTH_MAX || given.length !== PARTS.length) {
    return 'Write five parts: minute, hour, day of the month, month, weekday, as in "30 4 * * MON-FRI".';
  }
  for (const [place, part] of PARTS.entries()) {
    const items = (given[place] ?? '').split(',');
    const wrong = items.find((item) => !isItem(item, part));
    if (wrong === undefined) continue;
    return `"${wrong}" is no ${part.name}: write *, a number from ${String(part.min)} to ${String(part.max)}, a range such as ${example(part)}, or one of these with a step, such as */${String(Math.min(15, part.max))}.`;
  }
  return null;
}

function example({ min, words }: Part): string {
  return words.length > 0
    ? `${words[1] ?? ''}-${words[5] ?? ''}`
    : `${String(min)}-${String(min + 4)}`;
}

/** `*`, `5`, `1-5`, `MON-FRI`, each with `/step` or without. */
function isItem(item: string, part: Part): boolean {
  const [range = '', step, ...more] = item.split('/');
  if (more.length > 0) return false;
  if (step !== undefined && !(/^\d{1,2}$/.test(step) && Number(step) >= 1)) return false;
  if (range === '*') return true;
  const [from = '', to, ...rest] = range.split('-');
  if (rest.length > 0) return false;
  const low = valueOf(from, part);
  const high = to === undefined ? low : valueOf(to, part);
  return low !== null && high !== null && low <= high;
}

function valueOf(text: string, { min, max, words, first }: Part): number | null {
  const word = words.indexOf(text.toUpperCase());
  if (word >= 0) return word + first;
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}
