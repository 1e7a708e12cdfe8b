/** What decides whether a merge can be undone. */
export interface UndoFacts {
  isUndone: boolean;
  /** Whether everything was kept that undoing needs; false too where there were too many orders. */
  isComplete: boolean;
  /** The kept profile was itself merged into another since. */
  isMergedOn: boolean;
  /** A merge into the kept one since cannot be carried along: not all of it was kept. */
  hasLater: boolean;
  /** More events came since than are gone through again. */
  isTooLongAgo: boolean;
}

export type UndoRefusal = 'undone' | 'incomplete' | 'mergedOn' | 'laterMerge' | 'tooLongAgo';

/** Why a merge cannot be undone, in the words that are shown. */
export const UNDO_REFUSALS: Readonly<Record<UndoRefusal, string>> = {
  undone: 'This merge was undone before.',
  incomplete:
    'What the two profiles were like before this merge was not kept, so it cannot be undone: it was made by an earlier version, or the two had more than 10,000 orders.',
  mergedOn:
    'The profile that was kept has itself been merged into another since. Undo that merge first.',
  laterMerge:
    'Another profile has been merged into the one that was kept since, and too little was kept of that merge to carry it along. Undo the later merge first.',
  tooLongAgo:
    'More than 20,000 events came in since this merge, too many to be told apart again. It stands.',
};

/** Why a merge cannot be undone; null when it can. */
export function undoRefusal(facts: UndoFacts): UndoRefusal | null {
  if (facts.isUndone) return 'undone';
  if (!facts.isComplete) return 'incomplete';
  if (facts.isMergedOn) return 'mergedOn';
  if (facts.hasLater) return 'laterMerge';
  return facts.isTooLongAgo ? 'tooLongAgo' : null;
}
