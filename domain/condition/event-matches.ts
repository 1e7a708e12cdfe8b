import { AGGREGATES, type EventLeaf } from '#domain/condition/leaves.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import {
  matchesWhere,
  type EventPath,
  type Where,
  type WhereSetting,
} from '#domain/condition/where.ts';
import { readPath } from '#domain/json.ts';
import { decimalNumber } from '#domain/profile/money.ts';
import { least, most } from '#domain/extremes.ts';

/** One event that an ask counts. */
export interface Match {
  /** Epoch ms at which it happened. */
  occurredAt: number;
  /** The number at the ask's path; null where there is none. */
  value: number | null;
}

/** What a leaf asks of each event: whether it counts, and which number it brings. */
export interface EventAsk {
  event: string;
  where?: Where | undefined;
  path?: EventPath | undefined;
}

/** All matches there ever were, added up. */
export interface MatchTotals {
  count: number;
  /** Matches that brought a number. */
  values: number;
  sum: number;
  min: number | null;
  max: number | null;
  /** Epoch ms. */
  first: number | null;
  last: number | null;
}

/** Matches one by one, in the order in which they happened. */
export interface SingleMatches {
  /** Epoch ms. */
  at: readonly number[];
  /** The number at the ask's path of each; null: no numbers were asked for. */
  values: readonly (number | null)[] | null;
}

/** What was kept for an ask: the matches themselves, or what they add up to. */
export type KeptFacts =
  { single: SingleMatches; totals: null } | { single: null; totals: MatchTotals };

export const NO_MATCHES: MatchTotals = {
  count: 0,
  values: 0,
  sum: 0,
  min: null,
  max: null,
  first: null,
  last: null,
};

export function withMatch(totals: MatchTotals, { occurredAt, value }: Match): MatchTotals {
  const { count, values, sum, min, max, first, last } = totals;
  const dated = {
    count: count + 1,
    first: first === null ? occurredAt : Math.min(first, occurredAt),
    last: last === null ? occurredAt : Math.max(last, occurredAt),
  };
  if (value === null) return { ...totals, ...dated };
  return {
    ...dated,
    values: values + 1,
    sum: sum + value,
    min: min === null ? value : Math.min(min, value),
    max: max === null ? value : Math.max(max, value),
  };
}

/** The totals of two lots of matches that share none. */
export function joinTotals(one: MatchTotals, other: MatchTotals): MatchTotals {
  return {
    count: one.count + other.count,
    values: one.values + other.values,
    sum: one.sum + other.sum,
    min: least(one.min, other.min),
    max: most(one.max, other.max),
    first: least(one.first, other.first),
    last: most(one.last, other.last),
  };
}

interface Asks {
  own: EventAsk;
  /** What must follow; null where nothing must. */
  follower: EventAsk | null;
  /** What must not come between the two; null where anything may. */
  breaker: EventAsk | null;
}

/** The same leaf always gives the same asks, so that what is kept can be found by them. */
const remembered = new WeakMap<EventLeaf, Asks>();

/** What a leaf asks of its own events, of those that must follow, and of those that must not. */
export function asksOf(leaf: EventLeaf): Asks {
  const known = remembered.get(leaf);
  if (known !== undefined) return known;
  const { event, where, followedBy } = leaf;
  const follower =
    followedBy === undefined ? null : { event: followedBy.event, where: followedBy.where };
  const without = followedBy?.without;
  const breaker = without === undefined ? null : { event: without.event, where: without.where };
  const asks: Asks = { own: { event, where, path: pathOf(leaf) }, follower, breaker };
  remembered.set(leaf, asks);
  return asks;
}

/** The path whose numbers a leaf adds up or compares. */
export function pathOf(leaf: EventLeaf): EventPath | undefined {
  const name = AGGREGATES.find((one) => leaf[one] !== undefined);
  return name === undefined ? undefined : leaf[name];
}

/** What one event of the ask's name brings; null where its filter does not let it count. */
export function matchOf(ask: EventAsk, event: FactEvent, setting: WhereSetting): Match | null {
  if (!matchesWhere(ask.where, event, setting)) return null;
  const value = ask.path === undefined ? null : decimalNumber(readPath(event, ask.path));
  return { occurredAt: event.occurredAt, value };
}
