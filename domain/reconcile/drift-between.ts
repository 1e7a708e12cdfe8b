import { NO_MATCHES } from '#domain/condition/event-matches.ts';
import type { Json } from '#domain/json.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import {
  flat,
  NOTHING_KEPT,
  type KeptAsk,
  type KeptMatches,
} from '#domain/segment/kept-matches.ts';
import type { Standing } from './history.ts';
import type { Light } from './replay-history.ts';

/** Places of one profile that are named; more of them say that all of it is untrue. */
export const PATHS_MAX = 20;

/** Decimals are added in the order of events: sums that differ by less are the same. */
const ROUNDING = 1e6;

/** Parts that are compared whole. */
const WHOLE = [
  'devices',
  'language',
  'browserLanguage',
  'zone',
  'cart',
  'cartCuts',
] as const satisfies (keyof Profile)[];

/** Parts of which each member is compared, and named. */
const BY_MEMBER = [
  'attributes',
  'attributeTimes',
  'consents',
  'traits',
  'lastEventAt',
] as const satisfies (keyof Profile)[];

/**
 * Where a profile differs from what it must be, as paths that name no value: of attributes, traits
 * and consents, of counters of segments (by the name of the event), memberships and flips.
 */
export function driftBetween(
  standing: Standing,
  truth: Standing,
  light: Light & { looksAtSegments: boolean },
): string[] {
  const one = standing.profile;
  const other = { ...truth.profile, consents: asRemembered(truth.profile.consents, one.consents) };
  const paths: string[] = WHOLE.filter((part) => !isSame(one[part], other[part]));
  for (const part of BY_MEMBER) {
    paths.push(...differing(one[part], other[part]).map((name) => `${part}.${name}`));
  }
  if (!isSame(ordersOf(standing.orders), ordersOf(truth.orders))) paths.push('orders');
  if (light.looksAtSegments) paths.push(...segmentDrift(one, other, light));
  return [...new Set(paths)].sort().slice(0, PATHS_MAX);
}

function segmentDrift(one: Profile, other: Profile, light: Light): string[] {
  const { segments: catalogue, now } = light;
  const paths = hasSeenAll(one, catalogue) ? [] : ['generation'];
  const [mine, theirs] = [keysOf(one), keysOf(other)];
  for (const { key } of catalogue.segments) {
    if (mine.has(key) !== theirs.has(key)) paths.push(`segments.${key}`);
    const due = other.segmentState?.flips[key];
    if (isMissed(one.segmentState?.flips[key], due)) paths.push(`flips.${key}`);
  }
  for (const asked of catalogue.asks.values()) {
    const [is, must] = [one, other].map(({ segmentState }) => segmentState?.kept[asked.id]);
    if (!isSame(counted(is, asked, now), counted(must, asked, now))) {
      paths.push(`kept.${asked.ask.event}`);
    }
  }
  // Who was taken off the clock for a fault is known for it.
  const isOff = one.fault !== undefined;
  if (!isOff && isMissed(one.nextWatchAt, other.nextWatchAt)) paths.push('nextWatchAt');
  return paths;
}

/** Whether a profile was looked at for every segment that has a condition. */
export function hasSeenAll({ segmentState }: Profile, segments: SegmentCatalogue): boolean {
  return segments.since(segmentState?.generation ?? 0).every(({ holds }) => holds === null);
}

/** Looking too early costs a look; too late, or never, and somebody is in the wrong segment. */
function isMissed(is: number | null | undefined, must: number | null | undefined): boolean {
  return must != null && (is == null || is > must);
}

function keysOf({ segments = [] }: Profile): Set<string> {
  return new Set(segments.map(({ key }) => key));
}

/** What is kept, without what no window reaches any more: that goes with the next event. */
function counted(kept: KeptMatches = NOTHING_KEPT, { keep }: KeptAsk, now: number): Json {
  if (keep.kind === 'totals') {
    const { count, values, sum, min, max, first, last } = kept.totals ?? NO_MATCHES;
    return [count, values, Math.round(sum * ROUNDING), min, max, first, last];
  }
  const since = keep.kind === 'window' ? now - keep.ms : -Infinity;
  const { at, values } = flat(kept);
  return at
    .map((instant, index): [number, Json] => [instant, values?.[index] ?? null])
    .filter(([instant]) => instant >= since)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function ordersOf(orders: readonly Order[]): Record<string, Json> {
  return Object.fromEntries(
    orders.map(({ _id, revenue, refunded, currency, at, completed }) => [
      _id,
      [revenue, refunded, currency, at, completed],
    ]),
  );
}

/**
 * Words of before it was remembered when a grant and a refusal were said lack that, and are not
 * wrong for it.
 */
function asRemembered(must: Profile['consents'], are: Profile['consents']): Profile['consents'] {
  return Object.fromEntries(
    Object.entries(must).map(([channel, { grantedAt, refusedAt, ...said }]) => {
      const is = are[channel];
      return [
        channel,
        {
          ...said,
          ...(grantedAt !== undefined && is?.grantedAt !== undefined && { grantedAt }),
          ...(refusedAt !== undefined && is?.refusedAt !== undefined && { refusedAt }),
        },
      ];
    }),
  );
}

function differing(one: object, other: object): string[] {
  const [mine, theirs] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  return [...new Set([...mine.keys(), ...theirs.keys()])].filter(
    (name) => !isSame(mine.get(name), theirs.get(name)),
  );
}

/** Whether two values of documents say the same, in whatever order their fields stand. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, part]: [string, unknown]): [string, unknown] => [name, sorted(part)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
