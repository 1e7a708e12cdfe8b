import { asksOf, type EventAsk, type Match } from '#domain/condition/event-matches.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { matchesOf } from '#domain/condition/matches-of.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { Span } from '#domain/condition/operators.ts';
import { operand, type Clock } from '#domain/condition/read-operand.ts';
import type { z } from 'zod';
import { addDuration } from '#domain/time/add-duration.ts';
import { readDuration, type DurationParts } from '#domain/time/duration.ts';

/** An event of a leaf and the time during which it counts: from `from` on, until before `to`. */
export interface Counted {
  event: Match;
  /** Epoch ms: when it happened or, where it must be followed, when that happened. */
  from: number;
  /** Epoch ms when it leaves the window; infinity where there is none. */
  to: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The events that count now or will count later (those that the facts hold but that have not
 * happened yet). Null when the window is a parameter nobody filled in.
 */
export function countedEvents(leaf: EventLeaf, facts: Facts, clock: Clock): Counted[] | null {
  const span = durationOf(leaf.within, clock);
  if (span === null) return null;
  const { own, follower } = asksOf(leaf);
  const followers =
    follower === null ? null : followersOf(follower, leaf.followedBy?.within, { facts, clock });
  const counted: Counted[] = [];
  for (const event of matchesOf(own, facts)) {
    const to = span === undefined ? NEVER : addDuration(event.occurredAt, span, facts.zone);
    if (to <= clock.nowMs) continue;
    const from = followers === null ? event.occurredAt : followers(event.occurredAt);
    if (from !== null && from < to) counted.push({ event, from, to });
  }
  return counted;
}

/** Finds for an instant that of the first follower after it, within the follower's patience. */
function followersOf(
  ask: EventAsk,
  within: z.infer<typeof Span> | undefined,
  { facts, clock }: { facts: Facts; clock: Clock },
): (after: number) => number | null {
  const span = durationOf(within, clock);
  if (span === null) return () => null;
  const instants = matchesOf(ask, facts).map(({ occurredAt }) => occurredAt);
  instants.sort((a, b) => a - b);
  return (after) => {
    const next = firstAfter(instants, after);
    if (next === null || span === undefined) return next;
    return next <= addDuration(after, span, facts.zone) ? next : null;
  };
}

function firstAfter(sorted: readonly number[], after: number): number | null {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NEVER) > after) high = middle;
    else low = middle + 1;
  }
  return sorted[low] ?? null;
}

/** Undefined where no span is said; null where it is a parameter that is no duration. */
function durationOf(
  span: z.infer<typeof Span> | undefined,
  clock: Clock,
): DurationParts | undefined | null {
  if (span === undefined) return undefined;
  const text = operand(span, clock);
  const read = typeof text === 'string' ? readDuration(text) : null;
  return read !== null && 'ok' in read ? read.ok : null;
}
