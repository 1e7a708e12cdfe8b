import type { z } from 'zod';
import { asksOf, type EventAsk, type Match } from '#domain/condition/event-matches.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { instantsOf, matchesOf } from '#domain/condition/matches-of.ts';
import { firstAfter } from '#domain/condition/count-sliding.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { Span } from '#domain/condition/operators.ts';
import { isParam, operand, type Setting } from '#domain/condition/operand.ts';
import type { Json } from '#domain/json.ts';
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
 * Finds the events that count at an instant (epoch ms) or will count later (those that the facts
 * hold but that have not happened yet). Null when the window is a parameter nobody filled in.
 */
type CountEvents = (facts: Facts, nowMs: number) => Counted[] | null;

/** What finds the events that an event leaf counts. */
export function compileCounted(leaf: EventLeaf): CountEvents {
  const spanOf = compileSpan(leaf.within);
  const { own, follower, breaker } = asksOf(leaf);
  const followersOf =
    follower === null ? null : compileFollowers(follower, breaker, leaf.followedBy?.within);
  return (facts, nowMs) => {
    const span = spanOf(facts);
    if (span === null) return null;
    const followers = followersOf?.(facts) ?? null;
    const counted: Counted[] = [];
    for (const event of matchesOf(own, facts)) {
      const to = span === undefined ? NEVER : addDuration(event.occurredAt, span, facts.zone);
      if (to <= nowMs) continue;
      const from = followers === null ? event.occurredAt : followers(event.occurredAt);
      if (from !== null && from < to) counted.push({ event, from, to });
    }
    return counted;
  };
}

/**
 * Finds for an instant that of the first follower after it, within the follower's patience, where
 * nothing came between the two that must not.
 */
type Followers = (after: number) => number | null;

function compileFollowers(
  ask: EventAsk,
  breaker: EventAsk | null,
  within: Within,
): (facts: Facts) => Followers {
  const spanOf = compileSpan(within);
  return (facts) => {
    const span = spanOf(facts);
    if (span === null) return () => null;
    const instants = instantsOf(ask, facts);
    const breaks = breaker === null ? [] : instantsOf(breaker, facts);
    return (after) => {
      const next = instants[firstAfter(instants, after)] ?? null;
      if (next !== null && (breaks[firstAfter(breaks, after)] ?? NEVER) < next) return null;
      if (next === null || span === undefined) return next;
      return next <= addDuration(after, span, facts.zone) ? next : null;
    };
  };
}

type Within = z.infer<typeof Span> | undefined;

/** Undefined where no span is said; null where it is a parameter that is no duration. */
type ReadSpan = (setting: Setting) => DurationParts | undefined | null;

function compileSpan(within: Within): ReadSpan {
  if (within === undefined) return () => undefined;
  if (isParam(within)) return (setting) => durationOf(operand(within, setting));
  const fixed = durationOf(within);
  return () => fixed;
}

function durationOf(text: Json | undefined): DurationParts | null {
  const read = typeof text === 'string' ? readDuration(text) : null;
  return read !== null && 'ok' in read ? read.ok : null;
}
