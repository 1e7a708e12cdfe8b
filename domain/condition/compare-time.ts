import { Temporal } from 'temporal-polyfill';
import type { Combination } from '#domain/condition/combine-verdicts.ts';
import { FAILS, verdict, type Verdict } from '#domain/condition/verdict.ts';
import { operand, toInstant, type Clock } from '#domain/condition/read-operand.ts';
import type { TimeOperators } from '#domain/condition/operators.ts';
import type { Json } from '#domain/json.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { dayInYear, readYearlyDate, type YearlyDate } from '#domain/time/date-occurrence.ts';
import { negate, parseDuration, readDuration, type DurationParts } from '#domain/time/duration.ts';
import { zoneOr } from '#domain/time/zone.ts';

/** Adds the verdicts of before, after, withinLast and anniversary to a conjunction. */
export function compareTime(
  value: Json | undefined,
  ops: TimeOperators,
  clock: Clock,
  all: Combination,
): void {
  if (ops.before !== undefined)
    all.add(compareMoment(value, operand(ops.before, clock), 'before', clock));
  if (ops.after !== undefined)
    all.add(compareMoment(value, operand(ops.after, clock), 'after', clock));
  if (ops.withinLast !== undefined)
    all.add(withinLast(value, operand(ops.withinLast, clock), clock));
  if (ops.anniversary !== undefined) all.add(anniversary(value, ops.anniversary, clock));
}

function compareMoment(
  value: Json | undefined,
  moment: Json | undefined,
  side: 'before' | 'after',
  clock: Clock,
): Verdict {
  const at = toInstant(value, clock);
  if (at === null || moment === undefined) return FAILS;
  const fromNow = relative(moment);
  if (fromNow === null) {
    const limit = typeof moment === 'number' ? moment : toInstant(moment, clock);
    if (limit === null) return FAILS;
    return verdict(side === 'before' ? at < limit : at > limit);
  }
  // Moving the value instead of now gives the exact instant at which they meet.
  const met = addDuration(at, negate(fromNow), clock.zone);
  if (side === 'before') {
    return met < clock.nowMs ? verdict(true) : { holds: false, flipsAt: met + 1 };
  }
  return met > clock.nowMs ? { holds: true, flipsAt: met } : FAILS;
}

const NOW: DurationParts = { months: 0, ms: 0, days: 0 };

function relative(moment: Json): DurationParts | null {
  if (typeof moment !== 'string') return null;
  if (moment === 'now') return NOW;
  const read = readDuration(moment);
  return 'ok' in read ? read.ok : null;
}

function withinLast(value: Json | undefined, span: Json | undefined, clock: Clock): Verdict {
  const at = toInstant(value, clock);
  const read = typeof span === 'string' ? readDuration(span) : null;
  if (at === null || read === null || 'fault' in read) return FAILS;
  if (at > clock.nowMs) return { holds: false, flipsAt: at };
  const ends = addDuration(at, read.ok, clock.zone);
  return ends > clock.nowMs ? { holds: true, flipsAt: ends } : FAILS;
}

/**
 * Whether today, on the customer's calendar, is the day of the year of a date, or one of the days
 * up to it (`P7D`) or since it (`-P3D`). The date's own year is no anniversary.
 */
function anniversary(value: Json | undefined, when: boolean | string, clock: Clock): Verdict {
  const date = readDate(value, clock);
  if (date === null) return FAILS;
  const days = typeof when === 'string' ? parseDuration(when).days : 0;
  const near = nearAnniversary(date, days, clock);
  return when === false ? { holds: !near.holds, flipsAt: near.flipsAt } : near;
}

function readDate(value: Json | undefined, clock: Clock): YearlyDate | null {
  if (typeof value !== 'number') return readYearlyDate(value, clock.zone);
  return readYearlyDate(toInstant(value, clock), clock.zone);
}

function nearAnniversary(date: YearlyDate, days: number, clock: Clock): Verdict {
  const zone = zoneOr(clock.zone);
  const today = Temporal.Instant.fromEpochMilliseconds(Math.trunc(clock.nowMs))
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
