import { Temporal } from 'temporal-polyfill';
import type { QuietHours } from '#domain/message/gate/gate-settings.ts';
import { zoneOr } from '#domain/time/zone.ts';

type Hours = Pick<QuietHours, 'from' | 'to'>;

/** Clocks are put forward or back at most once within this, in hours. */
const LOOK_AHEAD_HOURS = 48;
/** Today's end may be over, and tomorrow's fall into a day that is skipped. */
const DAYS_AHEAD = [0, 1, 2];
/** An end that clocks show twice is over at the first, unless it is past by then. */
const SHOWN = ['earlier', 'later'] as const;

/**
 * The first instant (epoch ms) from `atMs` on at which the clocks of the zone show a time outside
 * of these hours; null: they do so at `atMs`. Hours past midnight are of two days. Where clocks are
 * put forward over the end it is over with the jump; where they are put back into the hours, these
 * begin again.
 */
export function quietUntil(hours: Hours, zone: string, atMs: number): number | null {
  const here = Temporal.Instant.fromEpochMilliseconds(Math.trunc(atMs)).toZonedDateTimeISO(
    zoneOr(zone),
  );
  if (!isQuiet(hours, here)) return null;
  const ends = endsAfter(hours, here).filter(
    (end) => end.epochMilliseconds > atMs && !isQuiet(hours, end),
  );
  return Math.min(...ends.map((end) => end.epochMilliseconds));
}

function isQuiet({ from, to }: Hours, at: Temporal.ZonedDateTime): boolean {
  const time = at.toPlainTime().toString({ smallestUnit: 'minute' });
  return from < to ? time >= from && time < to : time >= from || time < to;
}

/** Every instant soon at which the hours may end: they do at their end, or as the clocks jump. */
function endsAfter({ to }: Hours, here: Temporal.ZonedDateTime): Temporal.ZonedDateTime[] {
  const { timeZoneId } = here;
  const time = Temporal.PlainTime.from(to);
  const ends = DAYS_AHEAD.flatMap((days) => {
    const local = here.toPlainDate().add({ days }).toPlainDateTime(time);
    return SHOWN.map((disambiguation) => local.toZonedDateTime(timeZoneId, { disambiguation }));
  });
  // Looking for a jump of the clocks is dear, and there is none on nearly every day.
  const later = here.add({ hours: LOOK_AHEAD_HOURS });
  if (later.offsetNanoseconds === here.offsetNanoseconds) return ends;
  const jump = here.getTimeZoneTransition('next');
  return jump === null ? ends : [...ends, jump];
}
