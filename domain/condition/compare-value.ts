import { compareTime } from '#domain/condition/compare-time.ts';
import { operand, toInstant, type Clock } from '#domain/condition/read-operand.ts';
import { Combination } from '#domain/condition/combine-verdicts.ts';
import { FAILS, HOLDS, verdict, type Verdict } from '#domain/condition/verdict.ts';
import { compilePattern, type Bound, type Operators } from '#domain/condition/operators.ts';
import type { Json } from '#domain/json.ts';
import { decimalNumber } from '#domain/profile/money.ts';

/** A longer value is matched by its first part only: names and addresses, not documents. */
const MATCHED_MAX = 4096;

/**
 * Holds a value against all operators of a leaf. Undefined and null are "no value". Values of
 * different types are never equal, never greater, never smaller; nothing throws.
 */
export function compareValue(value: Json | undefined, operators: Operators, clock: Clock): Verdict {
  const present = value === null ? undefined : value;
  const all = new Combination('all');
  if (plainFails(present, operators, clock)) return FAILS;
  if (orderFails(present, operators, clock)) return FAILS;
  compareTime(present, operators, clock, all);
  return all.result();
}

function plainFails(value: Json | undefined, ops: Operators, clock: Clock): boolean {
  if (ops.exists !== undefined && ops.exists !== (value !== undefined)) return true;
  if (ops.is !== undefined && !equals(value, operand(ops.is, clock))) return true;
  if (ops.isNot !== undefined && !differs(value, operand(ops.isNot, clock))) return true;
  if (ops.in !== undefined && !isIn(value, operand(ops.in, clock))) return true;
  if (ops.notIn !== undefined && !isNotIn(value, operand(ops.notIn, clock))) return true;
  return textFails(value, ops, clock);
}

function textFails(value: Json | undefined, ops: Operators, clock: Clock): boolean {
  if (ops.contains !== undefined && !contains(value, operand(ops.contains, clock))) return true;
  if (ops.startsWith !== undefined && !startsWith(value, operand(ops.startsWith, clock))) {
    return true;
  }
  return ops.matches !== undefined && !matches(value, ops.matches);
}

function equals(value: Json | undefined, wanted: Json | undefined): boolean {
  return value !== undefined && typeof value !== 'object' && value === wanted;
}

/** A parameter nobody filled in answers no question, not even this one. */
function differs(value: Json | undefined, wanted: Json | undefined): boolean {
  return wanted !== undefined && !equals(value, wanted);
}

function isIn(value: Json | undefined, list: Json | undefined): boolean {
  return Array.isArray(list) && list.some((wanted) => equals(value, wanted));
}

function isNotIn(value: Json | undefined, list: Json | undefined): boolean {
  return Array.isArray(list) && !list.some((wanted) => equals(value, wanted));
}

function contains(value: Json | undefined, wanted: Json | undefined): boolean {
  if (wanted === undefined) return false;
  if (Array.isArray(value)) return value.some((member) => equals(member, wanted));
  return typeof value === 'string' && typeof wanted === 'string' && value.includes(wanted);
}

function startsWith(value: Json | undefined, wanted: Json | undefined): boolean {
  return typeof value === 'string' && typeof wanted === 'string' && value.startsWith(wanted);
}

function matches(value: Json | undefined, pattern: string): boolean {
  if (typeof value !== 'string') return false;
  return compilePattern(pattern).test(value.slice(0, MATCHED_MAX));
}

function orderFails(value: Json | undefined, ops: Operators, clock: Clock): boolean {
  return orderVerdict(value, ops, clock) === FAILS;
}

/** Holds a value against gt, gte, lt, lte and between alone. */
export function orderVerdict(
  value: Json | undefined,
  ops: Pick<Operators, 'gt' | 'gte' | 'lt' | 'lte' | 'between'>,
  clock: Clock,
): Verdict {
  const { gt, gte, lt, lte, between } = ops;
  if (gt !== undefined && !(difference(value, gt, clock) > 0)) return FAILS;
  if (gte !== undefined && !(difference(value, gte, clock) >= 0)) return FAILS;
  if (lt !== undefined && !(difference(value, lt, clock) < 0)) return FAILS;
  if (lte !== undefined && !(difference(value, lte, clock) <= 0)) return FAILS;
  if (between === undefined) return HOLDS;
  return verdict(
    difference(value, between[0], clock) >= 0 && difference(value, between[1], clock) <= 0,
  );
}

/** Value less bound; NaN, which no comparison accepts, where the two cannot be compared. */
function difference(value: Json | undefined, bound: Bound, clock: Clock): number {
  if (value === undefined) return Number.NaN;
  const limit = operand(bound, clock);
  if (typeof limit === 'number') return (decimalNumber(value) ?? Number.NaN) - limit;
  if (typeof limit !== 'string') return Number.NaN;
  return (toInstant(value, clock) ?? Number.NaN) - (toInstant(limit, clock) ?? Number.NaN);
}
