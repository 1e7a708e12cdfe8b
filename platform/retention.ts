import { z } from 'zod';
import type { StoredEvent } from '#domain/event/event.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { CATALOGUE_EVENTS } from '#domain/product/catalogue-events.ts';
import { DAY_MS, longestMs, readDuration } from '#domain/time/duration.ts';

/**
 * Shortest retention. It is counted from when an event came in, and an outage of Temporal may keep
 * events waiting for days before their runs read them: a month is longer than any we would ride out.
 */
const SHORTEST_DAYS = 30;

/** What a shop looks at when it looks back at people's visits: a year and the season before. */
const VISIT = 'P400D';

/** As long as returns, disputes and a customer's own memory reach. */
const OTHER = 'P3Y';

/**
 * How long events are kept where nothing else is said, by name. Visits are nearly all of the volume,
 * and of one hot product whole crowds are told.
 * Orders stay: they are the customer's history. Receipts go with the messages they are about.
 */
const DEFAULTS: readonly (readonly [pattern: string, kept: string])[] = [
  ['Page Viewed', VISIT],
  ['Screen Viewed', VISIT],
  ['Product Viewed', VISIT],
  ['Product List Viewed', VISIT],
  ['Product List Filtered', VISIT],
  ['Products Searched', VISIT],
  ...CATALOGUE_EVENTS.map((name) => [name, VISIT] as const),
  ...Object.keys(RECEIPT_EVENTS).map((name) => [name, VISIT] as const),
  ['Order *', 'forever'],
  ['*', OTHER],
];

/** How long ended runs and messages are kept: as long as the visits that led to them. */
export const RUNS_KEPT = VISIT;

/** More rules than anybody has kinds of events to tell apart. */
const RULES_MAX = 200;

/** How long things of some kind are kept: in ms, or null for good. */
export type Kept = number | null;

/** How long events are kept, by name. */
export interface EventRetention {
  /** By the exact name, else by the longest pattern `Prefix *` that fits. */
  keptOf: (name: string) => Kept;
  /** When MongoDB may delete this event; null: never. */
  expiryOf: (event: Pick<StoredEvent, 'name' | 'receivedAt' | 'consents'>) => Date | null;
  /** The shortest of all: whatever came in since so long ago is still there. */
  shortest: Kept;
}

/**
 * The setting KAIROS_RETENTION: rules `NAME=DURATION` by commas, in which NAME is an event's name,
 * `Prefix *` or `*`, and DURATION an ISO 8601 duration of at least 30 days or `forever`. Each takes
 * the place of the default of the same NAME.
 */
export const RetentionSetting = z.string().transform((text, ctx): EventRetention => {
  const rules = new Map(DEFAULTS.map(([pattern, kept]) => [pattern, keptFor(kept)]));
  const own = text.split(',').map((rule) => rule.trim());
  const given = own.filter((rule) => rule !== '');
  if (given.length > RULES_MAX) fault(ctx, `has more than ${String(RULES_MAX)} rules`);
  const seen = new Set<string>();
  for (const rule of given) {
    const read = readRule(rule);
    if ('fault' in read) fault(ctx, `\`${rule}\`: ${read.fault}`);
    else if (seen.has(read.pattern)) fault(ctx, `\`${read.pattern}\` is said twice`);
    else {
      seen.add(read.pattern);
      rules.set(read.pattern, read.kept);
    }
  }
  return retentionOf(rules);
});

/** The setting KAIROS_RUN_RETENTION: a duration of at least 30 days, or `forever`. */
export const KeptSetting = z.string().transform((text, ctx): Kept => {
  const read = readKept(text);
  if ('kept' in read) return read.kept;
  fault(ctx, read.fault);
  return null;
});

function fault(ctx: z.core.$RefinementCtx, message: string): void {
  ctx.addIssue({ code: 'custom', message });
}

function readRule(rule: string): { pattern: string; kept: Kept } | { fault: string } {
  const at = rule.lastIndexOf('=');
  if (at <= 0) return { fault: 'write NAME=DURATION, such as Page Viewed=P90D' };
  const pattern = rule.slice(0, at).trim();
  if (pattern.slice(0, -1).includes('*')) return { fault: 'a `*` may only stand at the end' };
  const read = readKept(rule.slice(at + 1).trim());
  return 'fault' in read ? read : { pattern, kept: read.kept };
}

function readKept(text: string): { kept: Kept } | { fault: string } {
  if (text === 'forever') return { kept: null };
  const read = readDuration(text);
  if ('fault' in read) return { fault: `${read.fault} Or write forever.` };
  const shortest = SHORTEST_DAYS * DAY_MS;
  const isLong = read.ok.months >= 0 && read.ok.ms >= 0 && longestMs(read.ok) >= shortest;
  return isLong
    ? { kept: longestMs(read.ok) }
    : { fault: `the shortest retention is P${String(SHORTEST_DAYS)}D` };
}

function keptFor(text: string): Kept {
  return text === 'forever' ? null : longestMs(text);
}

function retentionOf(rules: ReadonlyMap<string, Kept>): EventRetention {
  const prefixes = [...rules]
    .filter(([pattern]) => pattern.endsWith('*'))
    .map(([pattern, kept]) => ({ prefix: pattern.slice(0, -1), kept }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const keptOf = (name: string): Kept => {
    const exact = rules.get(name);
    if (exact !== undefined) return exact;
    return prefixes.find(({ prefix }) => name.startsWith(prefix))?.kept ?? null;
  };
  const limits = [...rules.values()].filter((kept) => kept !== null);
  return {
    keptOf,
    shortest: limits.length === 0 ? null : Math.min(...limits),
    expiryOf({ name, receivedAt, consents }) {
      // What somebody agreed to must be provable for as long as it is relied on.
      const kept = consents === undefined ? keptOf(name) : null;
      return kept === null ? null : new Date(receivedAt + kept);
    },
  };
}
