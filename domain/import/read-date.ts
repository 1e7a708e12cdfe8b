import { Temporal } from 'temporal-polyfill';
import { isInstant } from '#domain/time/instant.ts';
import {
  checkedFields,
  offsetOf,
  readByPattern,
  type DateFields,
  type DatePattern,
} from './date-pattern.ts';

/** ISO 8601 as databases and spreadsheets write it: a `T` or a space, seconds or none. */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/;

const DAY_MS = 86_400_000;

/** Seconds since 1970 of years 2001 to 2286, and the same in ms. */
const EPOCH_S = /^\d{10}$/;
const EPOCH_MS = /^\d{13}$/;

/**
 * What a text says of a date: by the pattern where there is one, else by ISO 8601, else as a count
 * of seconds (10 digits) or ms (13) since 1970. Null where it cannot be read: a day and a month
 * are never guessed from `03/04/2026`.
 */
export function readDateFields(text: string, pattern: DatePattern | null): DateFields | null {
  if (pattern !== null) return readByPattern(pattern, text);
  if (EPOCH_S.test(text)) return fieldsAt(Number(text) * 1000);
  if (EPOCH_MS.test(text)) return fieldsAt(Number(text));
  const match = ISO.exec(text);
  if (match === null) return null;
  const number = (group: number): number => Number(match[group] ?? '0');
  return checkedFields({
    year: number(1),
    month: number(2),
    day: number(3),
    hour: number(4),
    minute: number(5),
    second: number(6),
    ms: Number((match[7] ?? '0').slice(0, 3).padEnd(3, '0')),
    offsetMs: offsetOf(match[8] === 'UTC' ? 'Z' : match[8]),
    hasTime: match[4] !== undefined,
  });
}

function fieldsAt(epochMs: number): DateFields {
  const date = new Date(epochMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    ms: date.getUTCMilliseconds(),
    offsetMs: 0,
    hasTime: true,
  };
}

/**
 * The instant (epoch ms) of a date and time in a zone. A time that clocks skip in spring is taken
 * as much later as they jump; of one they show twice in autumn the first is taken. Null beyond the
 * years 1 to 9999.
 */
export function instantOf(fields: DateFields, zone: string): number | null {
  const { year, month, day, hour, minute, second, ms, offsetMs } = fields;
  const dayMs = utcDay(year, month, day);
  const localMs = dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  const at = localMs - (offsetMs ?? offsetIn(zone, dayMs, localMs));
  return isInstant(at) ? at : null;
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999. */
function utcDay(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

/** Offset of a whole local day; null where the clocks change on it. */
const dayOffsets = new Map<string, number | null>();
/** Twenty years of days in one zone, half a megabyte. */
const DAY_OFFSETS_MAX = 8_000;

// A zone's calendar costs some 50 µs, a file has millions of rows and few different days.
function offsetIn(zone: string, dayMs: number, localMs: number): number {
  const key = `${zone} ${String(dayMs)}`;
  let offset = dayOffsets.get(key);
  if (offset === undefined) {
    const first = slowOffset(zone, dayMs);
    offset = first === slowOffset(zone, dayMs + DAY_MS) ? first : null;
    if (dayOffsets.size >= DAY_OFFSETS_MAX) dayOffsets.clear();
    dayOffsets.set(key, offset);
  }
  return offset ?? slowOffset(zone, localMs);
}

function slowOffset(zone: string, localMs: number): number {
  const wall = Temporal.Instant.fromEpochMilliseconds(localMs)
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime();
  return localMs - wall.toZonedDateTime(zone).epochMilliseconds;
}

/** `2026-03-01` of the fields. */
export function isoDate({ year, month, day }: DateFields): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}
