import { within, type Limits } from '#domain/condition/limits.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { verdict, type Verdict } from '#domain/condition/verdict.ts';
import { readDuration } from '#domain/time/duration.ts';

/** The length of a window in ms where it is the same at every time of the year; null elsewhere. */
export function fixedMs(span: EventLeaf['within']): number | null {
  const read = typeof span === 'string' ? readDuration(span) : null;
  return read !== null && 'ok' in read && read.ok.months === 0 ? read.ok.ms : null;
}

/**
 * How many of the instants (epoch ms, the newest last) lie in a window of fixed length up to now,
 * held against the limits. They leave it in the order in which they came, so two binary searches
 * answer what a sweep over all of them would. Null where one has not happened yet.
 */
export function countSliding(
  instants: readonly number[],
  { ms, nowMs }: { ms: number; nowMs: number },
  limits: Limits,
): Verdict | null {
  const total = instants.length;
  if ((instants[total - 1] ?? -Infinity) > nowMs) return null;
  const first = firstAfter(instants, nowMs - ms);
  const count = total - first;
  if (within(count, limits)) {
    // It fails with the first that makes them too few.
    const leaves = limits.atLeast > 0 ? instants[first + count - limits.atLeast] : undefined;
    return leaves === undefined ? verdict(true) : { holds: true, flipsAt: leaves + ms };
  }
  // Too few never become more by themselves.
  if (count < limits.atLeast) return verdict(false);
  const leaves = instants[first + count - limits.atMost - 1] ?? 0;
  // Of those that leave at one instant there may be more than it takes.
  const left = total - firstAfter(instants, leaves);
  return left < limits.atLeast ? verdict(false) : { holds: false, flipsAt: leaves + ms };
}

/** The place of the first instant after one, among those in order. */
export function firstAfter(sorted: readonly number[], after: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
