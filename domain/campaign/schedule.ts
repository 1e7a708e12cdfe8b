import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { HOUR_MS } from '#domain/time/duration.ts';
import { LocalTime, nextLocalTime } from '#domain/time/local-time.ts';
import { zoneOr } from '#domain/time/zone.ts';

const DATED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/** Days begin here first: 14 hours before UTC, all year. */
const FIRST_ZONE = 'Pacific/Kiritimati';

/** A time on the customer's own clock: alone, or of one day. */
export const LocalMoment = z
  .string({ error: 'Write a time such as "10:00", or "2026-11-27T10:00".' })
  .superRefine((text, context) => {
    const [day, time] = DATED.test(text) ? text.split('T') : [null, text];
    if (LocalTime.safeParse(time).success && (day == null || isDay(day))) return;
    const message =
      'Write a time from "00:00" to "23:59", alone or after a day: "2026-11-27T10:00".';
    context.addIssue({ code: 'custom', message });
  });

function isDay(text: string): boolean {
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Epoch ms at which clocks show this moment first anywhere; null where it names no day. An audience
 * is taken then, so that nobody's hour has passed.
 */
export function earliestStart(localTime: string): number | null {
  return DATED.test(localTime) ? inZone(localTime, FIRST_ZONE) : null;
}

/** When a campaign is to begin (epoch ms), if somebody starts it at `now`. */
export function startsAt(
  { at, localTime }: { at?: string | undefined; localTime?: string | undefined },
  now: number,
): number {
  const earliest = localTime === undefined ? null : earliestStart(localTime);
  const wanted = at === undefined ? (earliest ?? now) : Date.parse(at);
  return Math.max(wanted, now);
}

/**
 * When somebody in a zone is due (epoch ms), in a campaign that takes its audience at `from`: the
 * first instant from then on at which their clock shows the time; of a campaign for one day, on that
 * day. Whose hour of the day is over by then gets it at the same hour of the next.
 */
export function dueIn(localTime: string | undefined, zone: string, from: number): number {
  if (localTime === undefined) return from;
  const time = localTime.slice(-'HH:MM'.length);
  const onDay = DATED.test(localTime) ? inZone(localTime, zone) : null;
  if (onDay !== null && onDay >= from) return onDay;
  return nextLocalTime({ time }, zone, from - 1);
}

/**
 * Whose hour was over for more than this, in ms, when a pause ended gets it on another day: what was
 * meant for the morning does not come at night.
 */
const MISSED_MS = HOUR_MS;

/**
 * When somebody in a zone is due (epoch ms) whose hour passed while the campaign was paused: at the
 * next one. Null: they are due as they were.
 */
export function dueAfterPause(
  localTime: string | undefined,
  { dueAt, resumedAt, now }: { dueAt: number; resumedAt: number | null; now: number },
  zone: string,
): number | null {
  if (localTime === undefined || resumedAt === null || resumedAt - dueAt <= MISSED_MS) return null;
  return dueIn(localTime, zone, now);
}

/** A time the clocks skip is taken as much later as they jump; of one shown twice the first. */
function inZone(localTime: string, zone: string): number {
  return Temporal.PlainDateTime.from(localTime).toZonedDateTime(zoneOr(zone)).epochMilliseconds;
}
