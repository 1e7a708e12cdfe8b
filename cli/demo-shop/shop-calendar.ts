const DAY_MS = 86_400_000;

/** Moves the source's year so that it ends yesterday. */
export interface ShopCalendar {
  /** The day on which the last basket falls, `YYYY-MM-DD`, UTC. */
  readonly lastDay: string;
  /** An instant of the source (epoch seconds) as one of the demo (ISO 8601). */
  instant(seconds: number): string;
  /** A day of the source (`YYYY-MM-DD`) at noon, UTC, as an instant of the demo (ISO 8601). */
  noon(day: string): string;
}

/** The day before the one of `now` (epoch ms), `YYYY-MM-DD`, UTC. */
export function yesterdayOf(now: number): string {
  return new Date(now - DAY_MS).toISOString().slice(0, 10);
}

/**
 * The shift is of whole days, so that the hours of the day stay as they are; weekdays do not.
 * `lastAt` is the source's last basket, epoch seconds.
 */
export function shopCalendar(lastAt: number, lastDay: string): ShopCalendar {
  const shiftMs = Date.parse(lastDay) - Math.floor((lastAt * 1000) / DAY_MS) * DAY_MS;
  const moved = (ms: number): string => new Date(ms + shiftMs).toISOString();
  return {
    lastDay,
    instant: (seconds) => moved(seconds * 1000),
    noon: (day) => moved(Date.parse(day) + DAY_MS / 2),
  };
}
