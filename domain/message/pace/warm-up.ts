import { Temporal } from 'temporal-polyfill';
import type { WarmUpPlan } from '#domain/message/pace/sending-settings.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';
import { zoneOr } from '#domain/time/zone.ts';

/**
 * Within this from midnight, in ms, a day's number comes free, evenly: what was held overnight does
 * not go out in one burst, and by noon the whole number is there for whoever begins then.
 */
const FREED_WITHIN_MS = 12 * HOUR_MS;

/** Of those held, each gets another part of the time there is: evenly however many they become. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** One day of a plan. */
export interface WarmUpDay {
  /** As a calendar says it: `2026-11-30`. */
  date: string;
  /** Mails of this day. */
  number: number;
  /** Epoch ms of its first instant, and of the next day's. */
  from: number;
  until: number;
}

/** What went out through a provider on one day, and how many were held. */
export interface WarmUpUse {
  date: string;
  /** Epoch ms of the day's first instant: clocks differ between workers, and no day comes back. */
  from: number;
  sent: number;
  held: number;
}

/** The day of a plan in which an instant (epoch ms) lies; null: it limits nothing then. */
export function warmUpDay(
  { startsOn, perDay, zone }: WarmUpPlan,
  shopZone: string,
  at: number,
): WarmUpDay | null {
  const timeZone = zoneOr(zone, shopZone);
  const today = dateIn(timeZone, at);
  const number = numberOf(perDay, Temporal.PlainDate.from(startsOn).until(today).days);
  if (number === null) return null;
  return {
    date: today.toString(),
    number,
    from: today.toZonedDateTime(timeZone).epochMilliseconds,
    until: today.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds,
  };
}

/** The calendar day of an IANA zone in which an instant (epoch ms) lies. */
export function dateIn(zone: string, at: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.trunc(at))
    .toZonedDateTimeISO(zoneOr(zone))
    .toPlainDate();
}

/** `day`: 0 for the plan's first. */
function numberOf(perDay: WarmUpPlan['perDay'], day: number): number | null {
  if (day < 0) return null;
  if (isList(perDay)) return perDay[day] ?? null;
  const number = Math.floor(perDay.first * perDay.factor ** day);
  return number < perDay.until ? number : null;
}

function isList(perDay: WarmUpPlan['perDay']): perDay is readonly number[] & number[] {
  return Array.isArray(perDay);
}

/** What stands there of this very day. */
export function useOn({ date, from }: WarmUpDay, use: WarmUpUse | undefined): WarmUpUse {
  return use?.date === date ? use : { date, from, sent: 0, held: 0 };
}

/** From a day's first instant, in ms, it is over by then in whatever zone. */
const OVER_AFTER_MS = 2 * DAY_MS;

/** Whether the day that was counted may still be one of its plan's, at an instant (epoch ms). */
export function isWarmUpAlive({ from }: WarmUpUse, at: number): boolean {
  return at < from + OVER_AFTER_MS;
}

/** How many of the day's mails may have gone out by an instant within it. */
export function freedBy({ number, from }: WarmUpDay, at: number): number {
  const part = Math.max(0, at - from) / FREED_WITHIN_MS;
  return Math.min(number, Math.floor(part * number) + 1);
}

/**
 * When one that is held should come again (epoch ms): later today as far as today's number reaches,
 * else tomorrow while that day's number comes free.
 */
export function heldUntil(
  day: WarmUpDay,
  { sent, held }: Pick<WarmUpUse, 'sent' | 'held'>,
  at: number,
): number {
  const part = (held * GOLDEN) % 1;
  if (sent + held < day.number) {
    const opens = day.from + (sent / day.number) * FREED_WITHIN_MS;
    const first = Math.max(opens, at);
    const last = Math.max(first, day.from + FREED_WITHIN_MS);
    return Math.ceil(first + part * (last - first));
  }
  return Math.ceil(day.until + part * FREED_WITHIN_MS);
}
