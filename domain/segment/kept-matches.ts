import {
  joinTotals,
  matchOf,
  NO_MATCHES,
  withMatch,
  type EventAsk,
  type KeptFacts,
  type MatchTotals,
  type SingleMatches,
} from '#domain/condition/event-matches.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { WhereSetting } from '#domain/condition/where.ts';

/**
 * Matches within a window kept of one customer for one ask: a shop that has more of them from one
 * person in one window counts the newest so many. Bounds the profile's document (12 bytes each,
 * twice that where numbers are asked for).
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

/**
 * As it stands on the profile: flat, for it is read and written with every event. Where nothing
 * matched yet nothing stands there at all.
 */
export interface KeptMatches {
  /** When each match happened, epoch ms, the newest last. */
  at?: number[];
  /** The numbers they brought, in the same order, where the ask has a path. */
  values?: (number | null)[];
  totals?: MatchTotals;
  /** The same as it was written before, in pairs. */
  single?: [occurredAt: number, value: number | null][];
}

export const NOTHING_KEPT: KeptMatches = {};

const NONE: readonly number[] = [];

/** What is kept after one more event of the ask's name; the very same where it does not count. */
export function keepEvent(
  kept: KeptMatches,
  { ask, keep }: KeptAsk,
  event: FactEvent,
  { now, ...setting }: WhereSetting & { now: number },
): KeptMatches {
  const match = matchOf(ask, event, setting);
  if (match === null) return kept;
  if (keep.kind === 'totals') return { totals: withMatch(kept.totals ?? NO_MATCHES, match) };
  const { at, values } = flat(kept);
  let place = at.length;
  while (place > 0 && (at[place - 1] ?? 0) > match.occurredAt) place -= 1;
  const brought = values ?? (ask.path === undefined ? null : at.map(() => null));
  return pruned(
    {
      at: at.toSpliced(place, 0, match.occurredAt),
      values: brought?.toSpliced(place, 0, match.value) ?? null,
    },
    keep,
    now,
  );
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
  const both = [flat(one), flat(other)];
  const pairs = both
    .flatMap(({ at, values }) => at.map((instant, index) => ({ instant, value: values?.[index] })))
    .sort((a, b) => a.instant - b.instant);
  const hasValues = both.some(({ values }) => values !== null);
  const joined = {
    at: pairs.map(({ instant }) => instant),
    values: hasValues ? pairs.map(({ value }) => value ?? null) : null,
  };
  return pruned(joined, keep, now);
}

/** Reads what is kept singly, however it was written. */
export function flat({ at, values, single }: KeptMatches): SingleMatches {
  if (single === undefined) return { at: at ?? NONE, values: values ?? null };
  const hasValues = single.some(([, value]) => value !== null);
  return {
    at: single.map(([instant]) => instant),
    values: hasValues ? single.map(([, value]) => value) : null,
  };
}

/** Leaves out what no window reaches any more, and of too many the oldest. */
function pruned({ at, values }: SingleMatches, keep: Keep, now: number): KeptMatches {
  const since = keep.kind === 'window' ? now - keep.ms : 0;
  const reached = at.findIndex((instant) => instant >= since);
  const first = reached === -1 ? at.length : Math.max(reached, at.length - KEPT_MAX);
  return { at: at.slice(first), ...(values !== null && { values: values.slice(first) }) };
}

/** What was kept, as conditions ask for it. */
export function keptFor(kept: KeptMatches, keep: Keep): KeptFacts {
  if (keep.kind === 'totals') return { single: null, totals: kept.totals ?? NO_MATCHES };
  return { single: flat(kept), totals: null };
}
