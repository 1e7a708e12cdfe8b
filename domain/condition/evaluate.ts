import type { CompiledCondition } from '#domain/condition/compiled.ts';
import { compileCondition } from '#domain/condition/compile-condition.ts';
import type { Condition } from '#domain/condition/condition.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { Verdict } from '#domain/condition/verdict.ts';

/** Conditions live in definitions that are held on to, and are asked about again and again. */
const compiled = new WeakMap<Condition, CompiledCondition>();

/** The answer of a condition's closure, which is made with the first question; see there. */
export function evaluate(condition: Condition, facts: Facts, nowMs: number): Verdict {
  let holds = compiled.get(condition);
  if (holds === undefined) {
    holds = compileCondition(condition);
    compiled.set(condition, holds);
  }
  return holds(facts, nowMs);
}
