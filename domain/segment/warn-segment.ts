import type { Condition } from '#domain/condition/condition.ts';
import { leavesOf } from '#domain/condition/leaves-of.ts';
import { warnLeaf } from '#domain/condition/warn-leaf.ts';
import type { Fault } from '#domain/errors.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';
import { paramsOf } from './is-contextual.ts';

/** What a condition is held against. */
interface Surroundings {
  /** Keys of all segments there are. */
  known: readonly string[];
  /** Names of the values that were filled in; null: whoever asks will fill them in. */
  filled: readonly string[] | null;
}

/**
 * What may be meant otherwise in a condition that can be kept: parts that hold of nobody as things
 * are. Pointers begin with `#/condition`.
 */
export function warnCondition(condition: Condition, { known, filled }: Surroundings): Fault[] {
  return leavesOf(condition).flatMap(({ leaf, pointer }) => {
    const at = `#/condition${pointer}`;
    const open = filled === null ? [] : paramsOf(leaf).filter((name) => !filled.includes(name));
    const unfilled = [...new Set(open)].map((name) => ({
      pointer: at,
      detail: `Nobody filled in "${name}", so this part holds of nobody. Fill it in under params.`,
    }));
    const warnings = [...unfilled, ...warnLeaf(leaf, at)];
    if (!('segment' in leaf) || typeof leaf.segment !== 'string' || known.includes(leaf.segment)) {
      return warnings;
    }
    const { segment } = leaf;
    const detail = `There is no segment "${segment}" yet, so nobody is in it until there is.${didYouMean(segment, known)}`;
    return [...warnings, { pointer: `${at}/segment`, detail }];
  });
}

/** Names of all values that a condition wants filled in, each once. */
export function paramsOfCondition(condition: Condition): string[] {
  return [...new Set(leavesOf(condition).flatMap(({ leaf }) => paramsOf(leaf)))];
}
