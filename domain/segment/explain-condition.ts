import type { Condition } from '#domain/condition/condition.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { Leaf } from '#domain/condition/leaves.ts';
import { describeFound } from './describe-found.ts';

/** A condition part by part: whether each holds, and what was found. */
export interface Explained {
  holds: boolean;
  /** Epoch ms at which time alone may change this part; null: never. */
  flipsAt: number | null;
  /** `all`, `any` or `not` with its parts; null: a leaf. */
  group: 'all' | 'any' | 'not' | null;
  parts: Explained[];
  /** The leaf as it was written, and in a sentence what was found for it. */
  leaf: Leaf | null;
  found: string | null;
}

/**
 * Why a condition holds of a customer or does not, part by part, at `nowMs` (epoch ms). Every part
 * is looked at, also those that can change nothing any more.
 */
export function explainCondition(condition: Condition, facts: Facts, nowMs: number): Explained {
  const verdict = evaluate(condition, facts, nowMs);
  const within = (group: 'all' | 'any' | 'not', members: readonly Condition[]): Explained => ({
    ...verdict,
    group,
    parts: members.map((member) => explainCondition(member, facts, nowMs)),
    leaf: null,
    found: null,
  });
  if ('all' in condition) return within('all', condition.all);
  if ('any' in condition) return within('any', condition.any);
  if ('not' in condition) return within('not', [condition.not]);
  const found = describeFound(condition, facts, nowMs);
  return { ...verdict, group: null, parts: [], leaf: condition, found };
}
