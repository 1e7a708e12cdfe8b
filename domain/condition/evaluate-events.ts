import { Combination } from '#domain/condition/combine-verdicts.ts';
import { compareTime } from '#domain/condition/compare-time.ts';
import { orderVerdict } from '#domain/condition/compare-value.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { countedEvents, type Counted } from '#domain/condition/counted-events.ts';
import {
  asksOf,
  NO_MATCHES,
  pathOf,
  withMatch,
  type MatchTotals,
} from '#domain/condition/event-matches.ts';
import { FAILS, verdict, type Verdict } from '#domain/condition/verdict.ts';
import type { Facts } from '#domain/condition/facts.ts';
import { operand, type Clock } from '#domain/condition/read-operand.ts';
import { earliest } from '#domain/time/instant.ts';

/**
 * How many coming changes of a window are looked through for a sum, average, first or last; beyond
 * it the next change is given as the instant to look again, which is early but never late.
 */
const CHANGES_MAX = 50;

/** Holds the customer's events against an event leaf. */
export function evaluateEvents(leaf: EventLeaf, facts: Facts, nowMs: number): Verdict {
  const clock: Clock = { nowMs, zone: facts.zone, params: facts.params, numbers: 'ms' };
  const totals = totalsOf(leaf, facts);
  if (totals !== null) return judgeTotals(leaf, totals, clock);
  const counted = countedEvents(leaf, facts, clock);
  if (counted === null) return FAILS;
  const limits = limitsOf(leaf, clock);
  if (limits === null) return FAILS;
  if (pathOf(leaf) === undefined && leaf.first === undefined && leaf.last === undefined) {
    return countVerdict(counted, limits, nowMs);
  }
  return walkVerdict(counted, nowMs, (at) => judge(leaf, limits, { counted, at, clock }));
}

/** All there ever was answers a leaf without a window; nothing happens later than it came in. */
function totalsOf(leaf: EventLeaf, facts: Facts): MatchTotals | null {
  if (leaf.within !== undefined || leaf.followedBy !== undefined) return null;
  return facts.kept?.(asksOf(leaf).own)?.totals ?? null;
}

function judgeTotals(leaf: EventLeaf, totals: MatchTotals, clock: Clock): Verdict {
  const limits = limitsOf(leaf, clock);
  return limits === null ? FAILS : judgeOpen(leaf, limits, totals, clock);
}

interface Limits {
  atLeast: number;
  atMost: number;
}

/** Null when a parameter was not filled in with a number. */
function limitsOf(leaf: EventLeaf, clock: Clock): Limits | null {
  if (leaf.exactly !== undefined) {
    const exactly = limit(leaf.exactly, undefined, clock);
    return exactly === undefined ? null : { atLeast: exactly, atMost: exactly };
  }
  const other = leaf.sum ?? leaf.min ?? leaf.max ?? leaf.avg ?? leaf.first ?? leaf.last;
  // "At least once" is meant when nothing else is said; "at most" alone includes never.
  const silent = leaf.atMost === undefined && other === undefined ? 1 : 0;
  const atLeast = limit(leaf.atLeast, silent, clock);
  const atMost = limit(leaf.atMost, Number.POSITIVE_INFINITY, clock);
  return atLeast === undefined || atMost === undefined ? null : { atLeast, atMost };
}

function limit(
  said: EventLeaf['atLeast'],
  otherwise: number | undefined,
  clock: Clock,
): number | undefined {
  if (said === undefined) return otherwise;
  const value = operand(said, clock);
  return typeof value === 'number' ? value : undefined;
}

function within(count: number, limits: Limits): boolean {
  return count >= limits.atLeast && count <= limits.atMost;
}

/** Exact: sweeps over the instants at which the number of counted events changes. */
function countVerdict(counted: readonly Counted[], limits: Limits, nowMs: number): Verdict {
  let count = 0;
  const changes: { at: number; by: number }[] = [];
  for (const { from, to } of counted) {
    if (from <= nowMs) count += 1;
    else changes.push({ at: from, by: 1 });
    if (to !== Number.POSITIVE_INFINITY) changes.push({ at: to, by: -1 });
  }
  const holds = within(count, limits);
  changes.sort((a, b) => a.at - b.at);
  for (let index = 0; index < changes.length; index += 1) {
    const change = changes[index];
    if (change === undefined) break;
    count += change.by;
    if (changes[index + 1]?.at === change.at) continue;
    if (within(count, limits) !== holds) return { holds, flipsAt: change.at };
  }
  return verdict(holds);
}

/** Looks at each coming change in turn until the answer differs. */
function walkVerdict(
  counted: readonly Counted[],
  nowMs: number,
  judgeAt: (at: number) => Verdict,
): Verdict {
  let here = judgeAt(nowMs);
  const { holds } = here;
  const changes = changesAfter(counted, nowMs);
  for (const [step, change] of changes.entries()) {
    if (step >= CHANGES_MAX || (here.flipsAt !== null && here.flipsAt < change)) {
      return { holds, flipsAt: earliest(here.flipsAt, change) };
    }
    here = judgeAt(change);
    if (here.holds !== holds) return { holds, flipsAt: change };
  }
  return { holds, flipsAt: here.flipsAt };
}

function changesAfter(counted: readonly Counted[], nowMs: number): number[] {
  const changes = new Set<number>();
  for (const { from, to } of counted) {
    if (from > nowMs) changes.add(from);
    if (to !== Number.POSITIVE_INFINITY) changes.add(to);
  }
  return [...changes].sort((a, b) => a - b);
}

function judge(
  leaf: EventLeaf,
  limits: Limits,
  { counted, at, clock }: { counted: readonly Counted[]; at: number; clock: Clock },
): Verdict {
  const open = counted.filter(({ from, to }) => from <= at && at < to);
  return judgeOpen(leaf, limits, addUp(open), { ...clock, nowMs: at });
}

function judgeOpen(leaf: EventLeaf, limits: Limits, totals: MatchTotals, here: Clock): Verdict {
  const all = new Combination('all');
  all.add(verdict(within(totals.count, limits)));
  if (pathOf(leaf) !== undefined) all.add(orderVerdict(aggregate(leaf, totals), leaf, here));
  if (leaf.first !== undefined) compareTime(totals.first ?? undefined, leaf.first, here, all);
  if (leaf.last !== undefined) compareTime(totals.last ?? undefined, leaf.last, here, all);
  return all.result();
}

function addUp(open: readonly Counted[]): MatchTotals {
  let totals = NO_MATCHES;
  for (const { event } of open) totals = withMatch(totals, event);
  return totals;
}

/** Decimals are added as binary fractions: rounding here keeps 0.1 + 0.2 equal to 0.3. */
const ROUNDING = 1e6;

/** The sum of nothing is 0; the smallest, largest and average of nothing are no value. */
function aggregate(leaf: EventLeaf, totals: MatchTotals): number | undefined {
  const { values, sum, min, max } = totals;
  if (leaf.sum !== undefined) return Math.round(sum * ROUNDING) / ROUNDING;
  if (values === 0) return undefined;
  if (leaf.min !== undefined) return min ?? undefined;
  if (leaf.max !== undefined) return max ?? undefined;
  return Math.round((sum / values) * ROUNDING) / ROUNDING;
}
