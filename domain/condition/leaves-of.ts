import type { Condition, Leaf } from '#domain/condition/leaves.ts';

/** One leaf of a condition, and where it stands. */
export interface PlacedLeaf {
  leaf: Leaf;
  /** JSON pointer from the condition itself: empty, or `/all/0/not`. */
  pointer: string;
}

/** All leaves of a condition, in the order they are written. */
export function leavesOf(condition: Condition, pointer = ''): PlacedLeaf[] {
  if ('all' in condition) return within(condition.all, `${pointer}/all`);
  if ('any' in condition) return within(condition.any, `${pointer}/any`);
  if ('not' in condition) return leavesOf(condition.not, `${pointer}/not`);
  return [{ leaf: condition, pointer }];
}

function within(members: readonly Condition[], pointer: string): PlacedLeaf[] {
  return members.flatMap((member, index) => leavesOf(member, `${pointer}/${String(index)}`));
}
