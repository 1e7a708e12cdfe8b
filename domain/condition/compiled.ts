import type { Facts } from '#domain/condition/facts.ts';
import type { Verdict } from '#domain/condition/verdict.ts';

/**
 * A condition as one closure: everything that can be read off its text was read when it was made.
 * Says whether it holds for these facts at `nowMs` (epoch ms), and the first instant, strictly
 * later, at which time alone may change the answer: until then it stays as it is. Never throws for
 * a parsed condition: what cannot be compared does not hold.
 */
export type CompiledCondition = (facts: Facts, nowMs: number) => Verdict;
