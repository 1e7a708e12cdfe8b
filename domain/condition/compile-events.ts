import { Combination } from '#domain/condition/combine-verdicts.ts';
import type { CompiledCondition } from '#domain/condition/compiled.ts';
import { compileOrder } from '#domain/condition/compile-operators.ts';
import { compileTime } from '#domain/condition/compile-time.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { countSliding, fixedMs } from '#domain/condition/count-sliding.ts';
import { compileCounted, type Counted } from '#domain/condition/counted-events.ts';
import { instantsOf } from '#domain/condition/matches-of.ts';
import { within, type Limits } from '#domain/condition/limits.ts';
import {
  asksOf,
  NO_MATCHES,
  pathOf,
  withMatch,
  type MatchTotals,
} from '#domain/condition/event-matches.ts';
import { FAILS, verdict, type Verdict } from '#domain/condition/verdict.ts';
import type { Facts } from '#domain/condition/facts.ts';
import { operand, type Setting } from '#domain/condition/operand.ts';
import { earliest } from '#domain/time/instant.ts';

/**
 * How many coming changes of a window are looked through for a sum, average, first or last; beyond
 * it the next change is given as the instant to look again, which is early but never late.
 */
const CHANGES_MAX = 50;

/** What holds the customer's events against an event leaf. */
export function compileEvents(leaf: EventLeaf): CompiledCondition {
  const limitsOf = compileLimits(leaf);
  const countedOf = compileCounted(leaf);
  const judge = compileJudge(leaf);
  // All there ever was answers a leaf without a window; nothing happens later than it came in.
  const isOfAllTime = leaf.within === undefined && leaf.followedBy === undefined;
  const onlyCounts =
    pathOf(leaf) === undefined && leaf.first === undefined && leaf.last === undefined;
  const { own } = asksOf(leaf);
  const fixed = onlyCounts && leaf.followedBy === undefined ? fixedMs(leaf.within) : null;
  return (facts, nowMs) => {
    const limits = limitsOf(facts);
    if (limits === null) return FAILS;
    const totals = isOfAllTime ? (facts.kept?.(own)?.totals ?? null) : null;
    if (totals !== null) return judge(totals, limits, { facts, at: nowMs });
    if (fixed !== null) {
      const sliding = countSliding(instantsOf(own, facts), { ms: fixed, nowMs }, limits);
      if (sliding !== null) return sliding;
    }
    const counted = countedOf(facts, nowMs);
    if (counted === null) return FAILS;
    if (onlyCounts) return countVerdict(counted, limits, nowMs);
    return walkVerdict(counted, nowMs, (at) => judge(addUp(counted, at), limits, { facts, at }));
  };
}

/** Reads how often is asked for; null when a parameter was not filled in with a number. */
function compileLimits(leaf: EventLeaf): (setting: Setting) => Limits | null {
  const asksMore = [pathOf(leaf), leaf.first, leaf.last, leaf.atMost].some(
    (one) => one !== undefined,
  );
  // "At least once" is meant when nothing else is said; "at most" alone includes never.
  const silent = asksMore ? 0 : 1;
  const written = {
    atLeast: leaf.exactly ?? leaf.atLeast ?? silent,
    atMost: leaf.exactly ?? leaf.atMost ?? Number.POSITIVE_INFINITY,
  };
  const { atLeast, atMost } = written;
  if (typeof atLeast === 'number' && typeof atMost === 'number') return () => ({ atLeast, atMost });
  return (setting) => {
    const filled = { atLeast: operand(atLeast, setting), atMost: operand(atMost, setting) };
    if (typeof filled.atLeast !== 'number' || typeof filled.atMost !== 'number') return null;
    return { atLeast: filled.atLeast, atMost: filled.atMost };
  };
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

/** Judges matches added up, as they stand at an instant (epoch ms). */
type Judge = (
  totals: MatchTotals,
  limits: Limits,
  { facts, at }: { facts: Facts; at: number },
) => Verdict;

function compileJudge(leaf: EventLeaf): Judge {
  const orders = pathOf(leaf) === undefined ? [] : compileOrder(leaf, 'ms');
  const firsts = leaf.first === undefined ? [] : compileTime(leaf.first, 'ms');
  const lasts = leaf.last === undefined ? [] : compileTime(leaf.last, 'ms');
  return (totals, limits, { facts, at }) => {
    if (!within(totals.count, limits)) return FAILS;
    const value = orders.length === 0 ? undefined : aggregate(leaf, totals);
    if (!orders.every((test) => test(value, facts, at))) return FAILS;
    const all = new Combination('all');
    for (const check of firsts) all.add(check(totals.first ?? undefined, facts, at));
    for (const check of lasts) all.add(check(totals.last ?? undefined, facts, at));
    return all.result();
  };
}

function addUp(counted: readonly Counted[], at: number): MatchTotals {
  let totals = NO_MATCHES;
  for (const { event, from, to } of counted) {
    if (from <= at && at < to) totals = withMatch(totals, event);
  }
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
