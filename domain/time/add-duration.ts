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
  const within = Math.min(Math.max(atMs, INSTANT_MIN), INSTANT_MAX);
  return (
    Temporal.Instant.fromEpochMilliseconds(Math.trunc(within))
      .toZonedDateTimeISO(zoneOr(zone))
      .add({ months: parts.months }).epochMilliseconds + parts.ms
  );
}
