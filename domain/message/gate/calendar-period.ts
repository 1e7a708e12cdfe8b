import { Temporal } from 'temporal-polyfill';
import type { Period } from '#domain/message/gate/gate-settings.ts';
import { zoneOr } from '#domain/time/zone.ts';

/** From when on, and until when it is the same calendar day, week or month; epoch ms. */
interface CalendarPeriod {
  from: number;
  /** The first instant of the next one. */
  until: number;
}

/** The calendar day, week (from Monday) or month of a zone in which an instant (epoch ms) lies. */
export function calendarPeriod(per: Period, zone: string, atMs: number): CalendarPeriod {
  const timeZone = zoneOr(zone);
  const today = Temporal.Instant.fromEpochMilliseconds(Math.trunc(atMs))
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  const first = firstDay(per, today);
  const next = first.add(ONE[per]);
  return {
    from: first.toZonedDateTime(timeZone).epochMilliseconds,
    until: next.toZonedDateTime(timeZone).epochMilliseconds,
  };
}

const ONE = { day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } } as const;

function firstDay(per: Period, day: Temporal.PlainDate): Temporal.PlainDate {
  switch (per) {
    case 'day':
      return day;
    case 'week':
      return day.subtract({ days: day.dayOfWeek - 1 });
    case 'month':
      return day.with({ day: 1 });
  }
}
