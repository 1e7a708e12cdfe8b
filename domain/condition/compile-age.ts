import { Temporal } from 'temporal-polyfill';
import { compileOperators } from '#domain/condition/compile-operators.ts';
import type { CompiledCondition } from '#domain/condition/compiled.ts';
import { BIRTHDAY } from '#domain/condition/computed-traits.ts';
import type { Operators } from '#domain/condition/operators.ts';
import { readValue } from '#domain/condition/read-value.ts';
import { dayInYear, readYearlyDate, type YearlyDate } from '#domain/time/date-occurrence.ts';
import { zoneOr } from '#domain/time/zone.ts';

/** Older than anybody: beyond it no birthday changes an answer. */
const AGE_MAX = 130;

/**
 * Holds the age in whole years, on the customer's calendar, against the operators of a leaf. It
 * changes at the first instant of a birthday; who was born on 29 February has it on the 28th in
 * other years. Without a year of birth, and before it, there is no age.
 */
export function compileAge(operators: Operators): CompiledCondition {
  const check = compileOperators(operators, 'ms');
  const birthdayOf = readValue(BIRTHDAY);
  return (facts, nowMs) => {
    const date = readYearlyDate(birthdayOf(facts.attributes) ?? null, facts.zone);
    const zone = zoneOr(facts.zone);
    const age = date?.year == null ? null : ageAt(date, date.year, { zone, nowMs });
    const { holds } = check(age ?? undefined, facts, nowMs);
    if (date?.year == null || age === null) return { holds, flipsAt: null };
    for (let next = age + 1; next <= AGE_MAX; next += 1) {
      if (check(next, facts, nowMs).holds === holds) continue;
      const day = dayInYear(date, date.year + next);
      return { holds, flipsAt: day.toZonedDateTime(zone).epochMilliseconds };
    }
    return { holds, flipsAt: null };
  };
}

/** Whole years at an instant (epoch ms); null before birth. */
export function ageAt(
  date: YearlyDate,
  year: number,
  { zone, nowMs }: { zone: string; nowMs: number },
): number | null {
  const today = Temporal.Instant.fromEpochMilliseconds(Math.trunc(nowMs))
    .toZonedDateTimeISO(zone)
    .toPlainDate();
  const hadBirthday = Temporal.PlainDate.compare(dayInYear(date, today.year), today) <= 0;
  const age = today.year - year - (hadBirthday ? 0 : 1);
  return age < 0 ? null : age;
}
