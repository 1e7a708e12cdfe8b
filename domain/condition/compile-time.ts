import { Temporal } from 'temporal-polyfill';
import {
  against,
  fixedInstant,
  toInstant,
  type Check,
  type Numbers,
} from '#domain/condition/operand.ts';
import { FAILS, verdict, type Verdict } from '#domain/condition/verdict.ts';
import type { TimeOperators } from '#domain/condition/operators.ts';
import type { Json } from '#domain/json.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { dayInYear, readYearlyDate, type YearlyDate } from '#domain/time/date-occurrence.ts';
import { negate, parseDuration, readDuration, type DurationParts } from '#domain/time/duration.ts';
import { zoneOr } from '#domain/time/zone.ts';

/** The checks of before, after, withinLast and anniversary: all of them must hold. */
export function compileTime(operators: TimeOperators, numbers: Numbers): Check[] {
  const { before, after, withinLast, anniversary } = operators;
  const checks: Check[] = [];
  const moment = (side: 'before' | 'after') => (wanted: Json) =>
    compareMoment(wanted, side, numbers);
  if (before !== undefined) checks.push(against(before, FAILS, moment('before')));
  if (after !== undefined) checks.push(against(after, FAILS, moment('after')));
  if (withinLast !== undefined) {
    checks.push(against(withinLast, FAILS, (span) => isWithinLast(span, numbers)));
  }
  if (anniversary !== undefined) checks.push(isAnniversary(anniversary, numbers));
  return checks;
}

const fails: Check = () => FAILS;

function compareMoment(moment: Json, side: 'before' | 'after', numbers: Numbers): Check {
  const fromNow = relative(moment);
  if (fromNow !== null) return compareToNow(negate(fromNow), side, numbers);
  if (typeof moment !== 'number' && typeof moment !== 'string') return fails;
  const limitIn = typeof moment === 'number' ? () => moment : fixedInstant(moment);
  return (value, { zone }) => {
    const at = toInstant(value, zone, numbers);
    const limit = limitIn(zone);
    if (at === null || limit === null) return FAILS;
    return verdict(side === 'before' ? at < limit : at > limit);
  };
}

/** Moving the value back by what lies between, and not now, gives the exact instant they meet. */
function compareToNow(back: DurationParts, side: 'before' | 'after', numbers: Numbers): Check {
  return (value, { zone }, nowMs) => {
    const at = toInstant(value, zone, numbers);
    if (at === null) return FAILS;
    const met = addDuration(at, back, zone);
    if (side === 'before') {
      return met < nowMs ? verdict(true) : { holds: false, flipsAt: met + 1 };
    }
    return met > nowMs ? { holds: true, flipsAt: met } : FAILS;
  };
}

const NOW: DurationParts = { months: 0, ms: 0, days: 0 };

function relative(moment: Json): DurationParts | null {
  if (typeof moment !== 'string') return null;
  if (moment === 'now') return NOW;
  const read = readDuration(moment);
  return 'ok' in read ? read.ok : null;
}

function isWithinLast(span: Json, numbers: Numbers): Check {
  const read = typeof span === 'string' ? readDuration(span) : null;
  if (read === null || 'fault' in read) return fails;
  return (value, { zone }, nowMs) => {
    const at = toInstant(value, zone, numbers);
    if (at === null) return FAILS;
    if (at > nowMs) return { holds: false, flipsAt: at };
    const ends = addDuration(at, read.ok, zone);
    return ends > nowMs ? { holds: true, flipsAt: ends } : FAILS;
  };
}

/**
 * Whether today, on the customer's calendar, is the day of the year of a date, or one of the days
 * up to it (`P7D`) or since it (`-P3D`). The date's own year is no anniversary.
 */
function isAnniversary(when: boolean | string, numbers: Numbers): Check {
  const days = typeof when === 'string' ? parseDuration(when).days : 0;
  return (value, { zone }, nowMs) => {
    const said = typeof value === 'number' ? toInstant(value, zone, numbers) : value;
    const date = readYearlyDate(said, zone);
    if (date === null) return FAILS;
    const near = nearAnniversary(date, days, { zone: zoneOr(zone), nowMs });
    return when === false ? { holds: !near.holds, flipsAt: near.flipsAt } : near;
  };
}

function nearAnniversary(
  date: YearlyDate,
  days: number,
  { zone, nowMs }: { zone: string; nowMs: number },
): Verdict {
  const today = Temporal.Instant.fromEpochMilliseconds(Math.trunc(nowMs))
    .toZonedDateTimeISO(zone)
    .toPlainDate();
  const startOf = (day: Temporal.PlainDate): number => day.toZonedDateTime(zone).epochMilliseconds;
  const from = Math.max(today.year - 1, date.year === null ? 1 : date.year + 1);
  for (let year = from; year <= from + 2; year += 1) {
    const day = dayInYear(date, year);
    const first = days > 0 ? day.subtract({ days }) : day;
    const last = days < 0 ? day.subtract({ days }) : day;
    if (Temporal.PlainDate.compare(today, first) < 0) {
      return { holds: false, flipsAt: startOf(first) };
    }
    if (Temporal.PlainDate.compare(today, last) <= 0) {
      return { holds: true, flipsAt: startOf(last.add({ days: 1 })) };
    }
  }
  return FAILS;
}
