import { Temporal } from 'temporal-polyfill';
import { DAY_MS, parseDuration } from '#domain/time/duration.ts';
import { isInstant, parseInstant } from '#domain/time/instant.ts';
import { zoneOr } from '#domain/time/zone.ts';

/** A calendar date that comes back every year. */
export interface YearlyDate {
  /** The first year it stands for; null when nobody said a year (`--05-17`). */
  year: number | null;
  month: number;
  day: number;
}

const MONTH_DAY = /^--(\d{2})-?(\d{2})$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** A leap year: 29 February is a day when no year is said. */
const LEAP_YEAR = 2000;

/**
 * Reads a date attribute: `YYYY-MM-DD`, `--MM-DD` (no year said), an ISO date-time or epoch ms
 * (its date in the zone). Null when it is no date.
 */
export function readYearlyDate(value: unknown, zone: string): YearlyDate | null {
  if (typeof value === 'string') {
    const text = value.trim();
    const monthDay = MONTH_DAY.exec(text);
    if (monthDay !== null) return checked(null, Number(monthDay[1]), Number(monthDay[2]));
    const date = DATE.exec(text);
    if (date !== null) return checked(Number(date[1]), Number(date[2]), Number(date[3]));
    const at = parseInstant(text, zone);
    return at === null ? null : dateAt(at, zone);
  }
  return isInstant(value) ? dateAt(value, zone) : null;
}

/** The day on which a yearly date falls in a year: 29 February is kept on the 28th in most. */
export function dayInYear(date: YearlyDate, year: number): Temporal.PlainDate {
  return Temporal.PlainDate.from({ year, month: date.month, day: date.day });
}

export interface DateRule {
  /** ISO 8601 duration from the date; `-P3D` is three days before. Days are days of the calendar. */
  offset?: string | undefined;
  /** Local time, `HH:MM`. */
  at: string;
}

/**
 * The next instant (epoch ms), strictly after `afterMs`, at which a yearly date (with the rule's
 * offset and local time) comes up in the zone; never before the date's own year. Null when the
 * value is no date. An unknown zone counts as UTC.
 */
export function nextDateOccurrence(
  value: unknown,
  rule: DateRule,
  zone: string,
  afterMs: number,
): number | null {
  const timeZone = zoneOr(zone);
  const date = readYearlyDate(value, timeZone);
  if (date === null) return null;
  const offset = parseDuration(rule.offset ?? 'PT0S');
  const plainTime = Temporal.PlainTime.from(rule.at);
  const restMs = offset.ms - offset.days * DAY_MS;
  const afterYear = Temporal.Instant.fromEpochMilliseconds(Math.trunc(afterMs)).toZonedDateTimeISO(
    timeZone,
  ).year;
  // An offset moves the instant into another year; one year more on each side covers the rest.
  const shift = Math.round(offset.months / 12 + offset.ms / (365.25 * DAY_MS));
  const from = Math.max(date.year ?? 1, afterYear - shift - 1);
  for (let year = from; year <= from + 3; year += 1) {
    const day = dayInYear(date, year).add({ months: offset.months }).add({ days: offset.days });
    const at = day.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds + restMs;
    if (at > afterMs) return at;
  }
  return null;
}

function checked(year: number | null, month: number, day: number): YearlyDate | null {
  if (year === 0) return null;
  try {
    Temporal.PlainDate.from({ year: year ?? LEAP_YEAR, month, day }, { overflow: 'reject' });
    return { year, month, day };
  } catch {
    return null;
  }
}

function dateAt(atMs: number, zone: string): YearlyDate {
  const { year, month, day } = Temporal.Instant.fromEpochMilliseconds(
    Math.trunc(atMs),
  ).toZonedDateTimeISO(zoneOr(zone));
  return { year, month, day };
}
