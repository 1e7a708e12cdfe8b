import { Combination } from '#domain/condition/combine-verdicts.ts';
import { compareValue } from '#domain/condition/compare-value.ts';
import type { Condition, Leaf } from '#domain/condition/leaves.ts';
import { evaluateEvents } from '#domain/condition/evaluate-events.ts';
import { verdict, type Verdict } from '#domain/condition/verdict.ts';
import { MONEY_TRAITS, type Facts } from '#domain/condition/facts.ts';
import type { Operators } from '#domain/condition/operators.ts';
import { operand, type Clock } from '#domain/condition/read-operand.ts';
import { readPath, type Json, type JsonObject } from '#domain/json.ts';
import { toMajorUnits } from '#domain/profile/money.ts';

/**
 * Whether a condition holds for these facts at `nowMs` (epoch ms), and the first instant, strictly
 * later, at which time alone may change the answer: until then it stays as it is. Never throws for
 * a parsed condition: what cannot be compared does not hold.
 */
export function evaluate(condition: Condition, facts: Facts, nowMs: number): Verdict {
  if ('all' in condition) return combine(condition.all, 'all', facts, nowMs);
  if ('any' in condition) return combine(condition.any, 'any', facts, nowMs);
  if ('not' in condition) {
    const inner = evaluate(condition.not, facts, nowMs);
    return { holds: !inner.holds, flipsAt: inner.flipsAt };
  }
  return evaluateLeaf(condition, facts, nowMs);
}

function combine(
  members: readonly Condition[],
  join: 'all' | 'any',
  facts: Facts,
  nowMs: number,
): Verdict {
  const combination = new Combination(join);
  for (const member of members) {
    combination.add(evaluate(member, facts, nowMs));
    if (combination.settled) break;
  }
  return combination.result();
}

function evaluateLeaf(leaf: Leaf, facts: Facts, nowMs: number): Verdict {
  if ('event' in leaf) return evaluateEvents(leaf, facts, nowMs);
  if ('consent' in leaf) {
    const said = Object.hasOwn(facts.consents, leaf.consent)
      ? facts.consents[leaf.consent]
      : undefined;
    return verdict(said?.granted ?? facts.consentDefault(leaf.consent));
  }
  if ('segment' in leaf || 'stage' in leaf) return evaluateMembership(leaf, facts, nowMs);
  return evaluateValue(leaf, facts, nowMs);
}

function evaluateMembership(
  leaf: Extract<Leaf, { segment: unknown } | { stage: unknown }>,
  facts: Facts,
  nowMs: number,
): Verdict {
  const clock = clockOf(facts, nowMs, 'guess');
  if ('segment' in leaf) {
    const key = operand(leaf.segment, clock);
    return verdict(typeof key === 'string' && facts.segments?.has(key) === true);
  }
  const stage = operand(leaf.stage, clock);
  return verdict(typeof stage === 'string' && facts.stage === stage);
}

function evaluateValue(
  leaf: Exclude<
    Leaf,
    { event: unknown } | { consent: unknown } | { segment: unknown } | { stage: unknown }
  >,
  facts: Facts,
  nowMs: number,
): Verdict {
  const operators: Operators = leaf;
  if ('trait' in leaf) {
    return compareValue(traitOf(leaf.trait, facts), operators, clockOf(facts, nowMs, 'ms'));
  }
  const clock = clockOf(facts, nowMs, 'guess');
  if ('attribute' in leaf) {
    return compareValue(valueOf(facts.attributes, leaf.attribute), operators, clock);
  }
  if ('preference' in leaf) {
    return compareValue(valueOf(facts.preferences ?? {}, leaf.preference), operators, clock);
  }
  if ('context' in leaf) {
    return compareValue(readPath(facts.context, leaf.context), operators, clock);
  }
  // The leaf's own `param` names the value; nothing filled in is no value.
  if (facts.params === undefined) return compareValue(undefined, operators, clock);
  return compareValue(valueOf(facts.params, leaf.param), operators, clock);
}

function clockOf(facts: Facts, nowMs: number, numbers: Clock['numbers']): Clock {
  return { nowMs, zone: facts.zone, params: facts.params, numbers };
}

/** By its whole name first, for names may hold dots; else as a path. */
export function valueOf(source: Readonly<JsonObject>, name: string): Json | undefined {
  if (Object.hasOwn(source, name)) return source[name];
  return name.includes('.') ? readPath(source, name) : undefined;
}

const SPENT_BY_CURRENCY = 'spent_by_currency.';

/** A trait as people speak of it: money in major units. */
export function traitOf(name: string, facts: Facts): Json | undefined {
  const value = valueOf(facts.traits, name);
  if (typeof value !== 'number') return value;
  if (MONEY_TRAITS.has(name)) return toMajorUnits(value, facts.currency);
  if (name.startsWith(SPENT_BY_CURRENCY)) {
    return toMajorUnits(value, name.slice(SPENT_BY_CURRENCY.length));
  }
  return value;
}
