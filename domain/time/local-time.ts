import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { zoneOr } from '#domain/time/zone.ts';

/** A time of the day on the customer's own clock, `HH:MM` from 00:00 to 23:59. */
export const LocalTime = z
  .string({ error: 'Write a time of the day, such as "10:00".' })
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, {
    error: 'Write a time of the day as "HH:MM" from "00:00" to "23:59", in quotes.',
  })
  .meta({ description: "A time of the day on the customer's own clock, such as 10:00." });
export type LocalTime = z.infer<typeof LocalTime>;

export interface LocalMoment {
  /** `HH:MM`. */
  time: string;
  /** ISO weekday: 1 is Monday, 7 is Sunday. Absent: any day. */
  weekday?: number;
}

/** A week and a day reach every weekday even when a day is skipped altogether (Apia, 2011). */
const DAYS_AHEAD_MAX = 15;

/**
 * The next instant (epoch ms), strictly after `afterMs`, at which clocks in the zone show this
 * time (on this weekday). A time the clocks skip in spring is taken as much later as they jump; of
 * a time they show twice in autumn the first is taken. An unknown zone counts as UTC.
 */
export function nextLocalTime(moment: LocalMoment, zone: string, afterMs: number): number {
  const timeZone = zoneOr(zone);
  const plainTime = Temporal.PlainTime.from(moment.time);
  const today = Temporal.Instant.fromEpochMilliseconds(Math.trunc(afterMs))
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  for (let days = 0; days <= DAYS_AHEAD_MAX; days += 1) {
    const date = today.add({ days });
    if (moment.weekday !== undefined && date.dayOfWeek !== moment.weekday) continue;
    const at = date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
    if (at > afterMs) return at;
  }
  throw new RangeError('A weekday is a number from 1 (Monday) to 7 (Sunday).');
}
