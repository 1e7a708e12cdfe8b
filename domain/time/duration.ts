import { z } from 'zod';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
/** A day of a duration is always 24 hours, whatever the clocks do. */
export const DAY_MS = 24 * HOUR_MS;

/** Longer than any customer stays; keeps every sum of instant and duration a valid instant. */
export const DURATION_MAX_YEARS = 100;

const DURATION_MAX_MS = DURATION_MAX_YEARS * 366 * DAY_MS;
/** Longer texts are no durations anybody would write. */
const DURATION_LENGTH_MAX = 64;

/** A parsed duration: calendar months apart (they need a zone), the rest in exact milliseconds. */
export interface DurationParts {
  /** Years and months, in months; negative in a negative duration. */
  months: number;
  /** Weeks, days and times of the day, in ms; negative in a negative duration. */
  ms: number;
  /** Whole days of `ms` that were said as weeks and days, for offsets of local dates. */
  days: number;
}

const SHAPE =
  /^([+-])?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:(T)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{1,3})?)S)?)?$/;

/** Groups of SHAPE: years, months, weeks, days; hours, minutes, seconds. */
const DATE_GROUPS = [2, 3, 4, 5];
const TIME_GROUPS = [7, 8, 9];

/** Parsed durations by text: definitions hold few, conditions read them on every evaluation. */
const parsed = new Map<string, DurationParts>();
const PARSED_MAX = 5000;

/**
 * Reads an ISO 8601 duration (`PT1H`, `P7D`, `P1Y2M`, `-P3D`). The fault is a sentence for the
 * person who wrote it. Weeks may stand beside days; only seconds may have a fraction.
 */
export function readDuration(text: string): { ok: DurationParts } | { fault: string } {
  const remembered = parsed.get(text);
  if (remembered !== undefined) return { ok: remembered };
  if (text.length > DURATION_LENGTH_MAX) return { fault: 'This is too long to be a duration.' };
  const match = SHAPE.exec(text);
  if (match === null) return { fault: explain(text) };
  const times = TIME_GROUPS.some((group) => match[group] !== undefined);
  if (!times && DATE_GROUPS.every((group) => match[group] === undefined)) {
    return { fault: 'A duration needs a number, such as PT1H or P7D.' };
  }
  if (match[6] === 'T' && !times) {
    return { fault: 'Nothing follows the T: write PT1H, or leave the T out.' };
  }
  const ok = partsOf(match);
  if (longestMs(ok) > DURATION_MAX_MS) {
    return { fault: `A duration may be at most ${String(DURATION_MAX_YEARS)} years.` };
  }
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(text, ok);
  return { ok };
}

/** As `readDuration`, for text that was checked before. Throws a RangeError on anything else. */
export function parseDuration(text: string): DurationParts {
  const read = parsed.get(text) ?? readDuration(text);
  if ('fault' in read) throw new RangeError(read.fault);
  return 'ok' in read ? read.ok : read;
}

/** At most how many ms a duration can last, in any zone and month: what a query must reach back. */
export function longestMs(duration: DurationParts | string): number {
  const parts = typeof duration === 'string' ? parseDuration(duration) : duration;
  const months = Math.abs(parts.months);
  // A month has at most 31 days; one day more covers a change of the zone's offset.
  const calendar = months === 0 ? 0 : (months * 31 + 1) * DAY_MS;
  return calendar + Math.abs(parts.ms);
}

/** The same duration backwards. */
export function negate(parts: DurationParts): DurationParts {
  return { months: -parts.months, ms: -parts.ms, days: -parts.days };
}

function partsOf(match: RegExpExecArray): DurationParts {
  const sign = match[1] === '-' ? -1 : 1;
  const part = (index: number): number => Number((match[index] ?? '0').replace(',', '.'));
  const days = part(4) * 7 + part(5);
  const ms =
    days * DAY_MS + part(7) * HOUR_MS + part(8) * MINUTE_MS + Math.round(part(9) * SECOND_MS);
  const months = part(2) * 12 + part(3);
  // Adding zero turns -0 into 0.
  return { months: sign * months + 0, ms: sign * ms + 0, days: sign * days + 0 };
}

function explain(text: string): string {
  if (text === '') return 'A duration is missing: write PT1H for an hour or P7D for seven days.';
  if (!/^[+-]?P/.test(text)) {
    return 'A duration starts with P: PT30M is 30 minutes, PT1H an hour, P7D seven days.';
  }
  if (/^[+-]?P[^T]*\d[HS]/.test(text)) {
    return 'Hours, minutes and seconds come after a T: write PT2H, not P2H.';
  }
  if (/T.*\d[YWD]/.test(text)) {
    return 'Years, weeks and days come before the T: write P1DT2H, not PT2H1D.';
  }
  if (/\d[.,]\d*[YMWDH]/.test(text))
    return 'Only seconds may have a fraction: write PT90M, not PT1.5H.';
  if (/P.*[+-]/.test(text)) return 'A minus may only stand before the P: write -P3D.';
  return 'This is no ISO 8601 duration: write years, months, weeks and days, then T, hours, minutes and seconds, as in P1DT2H.';
}

function isPositive(parts: DurationParts): boolean {
  return parts.months > 0 || parts.ms > 0;
}

/** A duration forwards, longer than nothing, as text: `PT1H`, `P90D`. */
export const Duration = z
  .string({ error: 'Write a duration, such as PT1H or P7D.' })
  .superRefine((text, ctx) => {
    const read = readDuration(text);
    if ('fault' in read) ctx.addIssue({ code: 'custom', message: read.fault });
    else if (!isPositive(read.ok)) {
      ctx.addIssue({ code: 'custom', message: 'This duration must be longer than nothing.' });
    }
  })
  .meta({ description: 'An ISO 8601 duration, such as PT1H or P7D. A day is 24 hours.' });
export type Duration = z.infer<typeof Duration>;

/** A duration forwards or backwards (or none), as text: `-P3D`. */
export const Offset = z
  .string({ error: 'Write a duration, such as P3D or -P3D.' })
  .superRefine((text, ctx) => {
    const read = readDuration(text);
    if ('fault' in read) ctx.addIssue({ code: 'custom', message: read.fault });
  })
  .meta({ description: 'An ISO 8601 duration, -P3D for three days before.' });
export type Offset = z.infer<typeof Offset>;
