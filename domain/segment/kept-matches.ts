import {
  joinTotals,
  matchOf,
  NO_MATCHES,
  withMatch,
  type EventAsk,
  type Match,
  type MatchTotals,
} from '#domain/condition/event-matches.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { WhereSetting } from '#domain/condition/where.ts';

/**
 * Matches within a window kept of one customer for one ask: a shop that has more of them from one
 * person in one window counts the newest so many. Bounds the profile's document (16 bytes each).
 */
export const KEPT_MAX = 1_000;

/** How long matches of an ask are kept singly. */
export type Keep =
  /** Only their totals: no window asks for them. */
  | { kind: 'totals' }
  /** So many ms: at least as long as the window is in any zone and month. */
  | { kind: 'window'; ms: number }
  /** For good: sequences without a window. */
  | { kind: 'all' };

/** An ask that live segments make of each event, and what is kept for it on every profile. */
export interface KeptAsk {
  /** Tells it from every other ask: names what is kept on the profile. */
  id: string;
  ask: EventAsk;
  keep: Keep;
}

/** As it stands on the profile: small, for it is read and written with every event. */
export interface KeptMatches {
  /** Newest last: when it happened (epoch ms) and the number it brought. */
  single?: [occurredAt: number, value: number | null][];
  totals?: MatchTotals;
}

export const NOTHING_KEPT: KeptMatches = {};

/** What is kept after one more event of the ask's name; the very same where it does not count. */
export function keepEvent(
  kept: KeptMatches,
  { ask, keep }: KeptAsk,
  event: FactEvent,
  { now, ...setting }: WhereSetting & { now: number },
): KeptMatches {
  const match = matchOf(ask, event, setting);
  return match === null ? kept : keepMatch(kept, keep, match, now);
}

function keepMatch(kept: KeptMatches, keep: Keep, match: Match, now: number): KeptMatches {
  if (keep.kind === 'totals') return { totals: withMatch(kept.totals ?? NO_MATCHES, match) };
  const single = [...(kept.single ?? [])];
  let place = single.length;
  while (place > 0 && (single[place - 1]?.[0] ?? 0) > match.occurredAt) place -= 1;
  single.splice(place, 0, [match.occurredAt, match.value]);
  return { single: pruned(single, keep, now) };
}

/** What is kept for one person that was known as two. The two share no event. */
export function joinKept(
  one: KeptMatches,
  other: KeptMatches,
  keep: Keep,
  now: number,
): KeptMatches {
  if (keep.kind === 'totals') {
    return { totals: joinTotals(one.totals ?? NO_MATCHES, other.totals ?? NO_MATCHES) };
  }
  const single = [...(one.single ?? []), ...(other.single ?? [])].sort(([a], [b]) => a - b);
  return { single: pruned(single, keep, now) };
}

/** Leaves out what no window reaches any more, and of too many the oldest. */
function pruned(
  single: NonNullable<KeptMatches['single']>,
  keep: Keep,
  now: number,
): NonNullable<KeptMatches['single']> {
  const since = keep.kind === 'window' ? now - keep.ms : 0;
  const first = single.findIndex(([occurredAt]) => occurredAt >= since);
  if (first === -1) return [];
  return single.slice(Math.max(first, single.length - KEPT_MAX));
}

/** What was kept, as conditions ask for it. */
export function keptFor(
  { single = [], totals = NO_MATCHES }: KeptMatches,
  keep: Keep,
): { matches: readonly Match[]; totals: MatchTotals | null } {
  if (keep.kind === 'totals') return { matches: [], totals };
  const matches = single.map(([occurredAt, value]) => ({ occurredAt, value }));
  return { matches, totals: null };
}
