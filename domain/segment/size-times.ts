import { Temporal } from 'temporal-polyfill';
import { zoneOr } from '#domain/time/zone.ts';

/** A stretch of time, in epoch ms: from `from` on, until before `to`. */
export interface Stretch {
  from: number;
  to: number;
}

/** The last whole hour and the last whole day, on the clock of a zone. */
export function lastStretches(now: number, zone: string): { hour: Stretch; day: Stretch } {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zoneOr(zone));
  const [hour, day] = [
    here.round({ smallestUnit: 'hour', roundingMode: 'floor' }),
    here.startOfDay(),
  ];
  return {
    hour: stretch(hour.subtract({ hours: 1 }), hour),
    day: stretch(day.subtract({ days: 1 }), day),
  };
}

function stretch(from: Temporal.ZonedDateTime, to: Temporal.ZonedDateTime): Stretch {
  return { from: from.epochMilliseconds, to: to.epochMilliseconds };
}
