import { Combination } from '#domain/condition/combine-verdicts.ts';
import { compileTime } from '#domain/condition/compile-time.ts';
import {
  against,
  fixedInstant,
  toInstant,
  type Check,
  type Numbers,
  type Test,
} from '#domain/condition/operand.ts';
import { compilePattern, type Bound, type Operators } from '#domain/condition/operators.ts';
import { FAILS, HOLDS, verdict } from '#domain/condition/verdict.ts';
import type { Json } from '#domain/json.ts';
import { decimalNumber } from '#domain/profile/money.ts';

/** A longer value is matched by its first part only: names and addresses, not documents. */
const MATCHED_MAX = 4096;

/**
 * Holds a value against all operators of a leaf. Undefined and null are "no value". Values of
 * different types are never equal, never greater, never smaller; nothing throws.
 */
export function compileOperators(operators: Operators, numbers: Numbers): Check {
  const tests = [...equalTests(operators), ...textTests(operators)];
  tests.push(...compileOrder(operators, numbers));
  const times = compileTime(operators, numbers);
  const [only] = tests;
  if (only !== undefined && tests.length === 1 && times.length === 0) {
    return (value, setting, nowMs) => verdict(only(value ?? undefined, setting, nowMs));
  }
  return (value, setting, nowMs) => {
    const present = value ?? undefined;
    for (const test of tests) if (!test(present, setting, nowMs)) return FAILS;
    if (times.length === 0) return HOLDS;
    const all = new Combination('all');
    for (const check of times) all.add(check(present, setting, nowMs));
    return all.result();
  };
}

function equalTests({ exists, is, isNot, in: among, notIn }: Operators): Test[] {
  const tests: Test[] = [];
  if (exists !== undefined) tests.push((value) => (value !== undefined) === exists);
  if (is !== undefined) {
    tests.push(against(is, false, (wanted) => (value) => equals(value, wanted)));
  }
  if (isNot !== undefined) {
    tests.push(against(isNot, false, (wanted) => (value) => !equals(value, wanted)));
  }
  if (among !== undefined) tests.push(against(among, false, (list) => membership(list, true)));
  if (notIn !== undefined) tests.push(against(notIn, false, (list) => membership(list, false)));
  return tests;
}

function equals(value: Json | undefined, wanted: Json): boolean {
  return value !== undefined && typeof value !== 'object' && value === wanted;
}

/** Whether values are in a list, or are not; what is no list answers neither. */
function membership(list: Json, isIn: boolean): Test {
  if (!Array.isArray(list)) return () => false;
  const members = new Set(list);
  return (value) =>
    (value !== undefined && typeof value !== 'object' && members.has(value)) === isIn;
}

function textTests({ contains, startsWith, matches }: Operators): Test[] {
  const tests: Test[] = [];
  if (contains !== undefined) tests.push(against(contains, false, contained));
  if (startsWith !== undefined) {
    const starts = (wanted: Json): Test => {
      if (typeof wanted !== 'string') return () => false;
      return (value) => typeof value === 'string' && value.startsWith(wanted);
    };
    tests.push(against(startsWith, false, starts));
  }
  if (matches !== undefined) {
    const pattern = compilePattern(matches);
    tests.push((value) => typeof value === 'string' && pattern.test(value.slice(0, MATCHED_MAX)));
  }
  return tests;
}

function contained(wanted: Json): Test {
  return (value) => {
    if (Array.isArray(value)) return value.some((member) => equals(member, wanted));
    return typeof value === 'string' && typeof wanted === 'string' && value.includes(wanted);
  };
}

type Order = Pick<Operators, 'gt' | 'gte' | 'lt' | 'lte' | 'between'>;

/** The tests of gt, gte, lt, lte and between alone. */
export function compileOrder({ gt, gte, lt, lte, between }: Order, numbers: Numbers): Test[] {
  const tests: Test[] = [];
  const compare = (bound: Bound, holds: (difference: number) => boolean): void => {
    tests.push(against(bound, false, (limit) => order(limit, numbers, holds)));
  };
  if (gt !== undefined) compare(gt, (difference) => difference > 0);
  if (gte !== undefined) compare(gte, (difference) => difference >= 0);
  if (lt !== undefined) compare(lt, (difference) => difference < 0);
  if (lte !== undefined) compare(lte, (difference) => difference <= 0);
  if (between !== undefined) {
    compare(between[0], (difference) => difference >= 0);
    compare(between[1], (difference) => difference <= 0);
  }
  return tests;
}

/** Value less limit; NaN, which no comparison accepts, where the two cannot be compared. */
function order(limit: Json, numbers: Numbers, holds: (difference: number) => boolean): Test {
  if (typeof limit === 'number') {
    return (value) => holds((decimalNumber(value) ?? Number.NaN) - limit);
  }
  if (typeof limit !== 'string') return () => false;
  const at = fixedInstant(limit);
  return (value, { zone }) => {
    const moment = toInstant(value, zone, numbers);
    return moment !== null && holds(moment - (at(zone) ?? Number.NaN));
  };
}
