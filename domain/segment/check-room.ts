import type { Condition } from '#domain/condition/condition.ts';
import { leavesOf } from '#domain/condition/leaves-of.ts';
import type { Fault } from '#domain/errors.ts';
import { asksToKeep } from './asks-to-keep.ts';

/**
 * Different questions about events within a window, or in a sequence, that all segments together may
 * ask. For each up to 1,000 matches of a customer are kept on the profile (kept-matches.ts), 24 bytes
 * each: 6 MB of the 16 that a document may have, with a till that has all of them.
 */
export const WINDOWED_ASKS_MAX = 250;

/**
 * What is at fault with one more definition (`before`: what it replaces) where profiles might have
 * no room for what its events count; empty: they have.
 */
export function checkRoom(
  others: Iterable<Condition | null>,
  { before, after }: { before: Condition | null; after: Condition | null },
): Fault[] {
  const known = new Set([...others].flatMap(windowedAsks));
  const had = new Set([...known, ...windowedAsks(before)]).size;
  const has = new Set([...known, ...windowedAsks(after)]).size;
  if (has <= WINDOWED_ASKS_MAX || has <= had) return [];
  const detail = `All segments together ask ${String(has)} different questions about events within a window or in a sequence; at most ${String(WINDOWED_ASKS_MAX)} fit on a profile. Use a window that another segment has, or remove segments that nobody uses.`;
  return [{ pointer: '#/condition', detail }];
}

function windowedAsks(condition: Condition | null): string[] {
  if (condition === null) return [];
  return leavesOf(condition)
    .flatMap(({ leaf }) => ('event' in leaf ? asksToKeep(leaf) : []))
    .filter(({ keep }) => keep.kind !== 'totals')
    .map(({ id }) => id);
}
