import { firstAfter } from '#domain/condition/count-sliding.ts';
import { asksOf } from '#domain/condition/event-matches.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { instantsOf } from '#domain/condition/matches-of.ts';
import { operand } from '#domain/condition/operand.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { parseDuration } from '#domain/time/duration.ts';

/**
 * Of a sequence of events that never came about, which part of it is missing: a sentence with a
 * space before it; empty where no sequence is asked for. It reads what its evaluation reads.
 */
export function brokenSequence(leaf: EventLeaf, facts: Facts, nowMs: number): string {
  const { event, followedBy } = leaf;
  const { own, follower, breaker } = asksOf(leaf);
  if (followedBy === undefined || follower === null) return '';
  const until = windowEnd(leaf, facts);
  const begun = instantsOf(own, facts).filter((at) => at <= nowMs && until(at) > nowMs);
  if (begun.length === 0) return ` ${event} is what is missing.`;
  const followers = instantsOf(follower, facts).filter((at) => at <= nowMs);
  const breaks = breaker === null ? [] : instantsOf(breaker, facts);
  const followed = begun.flatMap((at) => {
    const next = followers[firstAfter(followers, at)];
    return next === undefined ? [] : [{ at, next }];
  });
  if (followed.length === 0) return ` ${event} happened; ${followedBy.event} after it is missing.`;
  const isBroken = followed.some(
    ({ at, next }) => (breaks[firstAfter(breaks, at)] ?? Infinity) < next,
  );
  return isBroken
    ? ` ${followedBy.event} followed, but ${breaker?.event ?? ''} came between.`
    : ` ${followedBy.event} followed, but too late.`;
}

function windowEnd({ within }: EventLeaf, facts: Facts): (at: number) => number {
  const span = within === undefined ? undefined : operand(within, facts);
  if (typeof span !== 'string') return () => Infinity;
  const parts = parseDuration(span);
  return (at) => addDuration(at, parts, facts.zone);
}
