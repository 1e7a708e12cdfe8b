import { Combination } from '#domain/condition/combine-verdicts.ts';
import type { Condition } from '#domain/condition/condition.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { Verdict } from '#domain/condition/verdict.ts';
import type { Facts } from '#domain/condition/facts.ts';

/** As `evaluate` of the same condition: the same answer and the same instant. */
export type CompiledCondition = (facts: Facts, nowMs: number) => Verdict;

/** A condition as closures: its tree is walked once, here, and not with every customer. */
export function compileCondition(condition: Condition): CompiledCondition {
  if ('all' in condition) return joined(condition.all.map(compileCondition), 'all');
  if ('any' in condition) return joined(condition.any.map(compileCondition), 'any');
  if ('not' in condition) {
    const inner = compileCondition(condition.not);
    return (facts, nowMs) => {
      const { holds, flipsAt } = inner(facts, nowMs);
      return { holds: !holds, flipsAt };
    };
  }
  return (facts, nowMs) => evaluate(condition, facts, nowMs);
}

function joined(members: readonly CompiledCondition[], join: 'all' | 'any'): CompiledCondition {
  return (facts, nowMs) => {
    const combination = new Combination(join);
    for (const member of members) {
      combination.add(member(facts, nowMs));
      if (combination.settled) break;
    }
    return combination.result();
  };
}
