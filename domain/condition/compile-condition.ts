import { Combination } from '#domain/condition/combine-verdicts.ts';
import type { CompiledCondition } from '#domain/condition/compiled.ts';
import { compileLeaf } from '#domain/condition/compile-leaf.ts';
import type { Condition } from '#domain/condition/condition.ts';

/** Makes the closure of a condition; see CompiledCondition. */
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
  return compileLeaf(condition);
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
