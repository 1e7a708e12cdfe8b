import { Temporal } from 'temporal-polyfill';
import { parseDuration, type DurationParts } from '#domain/time/duration.ts';
import { INSTANT_MAX, INSTANT_MIN } from '#domain/time/instant.ts';
import { zoneOr } from '#domain/time/zone.ts';

/**
 * The instant (epoch ms) a duration after `atMs`. Months and years follow the calendar of the
 * zone (31 January + P1M is the last of February, at the same local time); a day is 24 hours. A
 * negative duration goes back. An unknown zone counts as UTC.
 */
export function addDuration(atMs: number, duration: DurationParts | string, zone: string): number {
  const parts = typeof duration === 'string' ? parseDuration(duration) : duration;
  if (parts.months === 0) return atMs + parts.ms;
  return addMonths(atMs, parts.months, zoneOr(zone)) + parts.ms;
}

/**
 * Results by question: the calendar of a zone costs some 50 µs, and windows of months ask the same
 * of the same events at each evaluation.
 */
const remembered = new Map<string, number>();
/** About 2 MB when full. */
const REMEMBERED_MAX = 20_000;

function addMonths(atMs: number, months: number, zone: string): number {
  const question = `${String(atMs)} ${String(months)} ${zone}`;
  const known = remembered.get(question);
  if (known !== undefined) return known;
  const within = Math.min(Math.max(atMs, INSTANT_MIN), INSTANT_MAX);
  const sum = Temporal.Instant.fromEpochMilliseconds(Math.trunc(within))
    .toZonedDateTimeISO(zone)
    .add({ months }).epochMilliseconds;
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(question, sum);
  return sum;
}
