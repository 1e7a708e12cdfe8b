import type { PriorRun } from '#domain/apply/plan.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import { mergeProfiles, withoutClaims } from '#domain/profile/merge-profiles.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import { joinOrders } from '#domain/profile/orders.ts';
import type { Consent, Order, Profile, Traits } from '#domain/profile/profile.ts';

/** What a merge does to one thing, and why. */
export interface MergeChange {
  what:
    'attribute' | 'consent' | 'preference' | 'trait' | 'identity' | 'segment' | 'run' | 'conflict';
  name: string;
  /** As the kept profile has it; null: not at all. */
  keep: Json;
  /** As the merged profile has it. */
  merge: Json;
  /** What the one customer has; null: that is not known. */
  result: Json;
  /** Null where the result is not known. */
  wins: 'keep' | 'merge' | 'both' | null;
  why: string;
}

/** Two profiles before they become one. */
export interface BeforeMerge {
  keep: Profile;
  merge: Profile;
  /** All orders of both. */
  orders: readonly Order[];
  keepIdentities: readonly string[];
  /** `externalOf`: a customer id of its own. */
  mergeIdentities: readonly { _id: string; externalOf?: string }[];
  /** Under way, of both. */
  runs: readonly PriorRun[];
  /** Ids of those that end. */
  overtaken: readonly string[];
  /** Only a public key said that the two are one person. */
  unproven: boolean;
  /** Keys of segments that are lists kept by hand. */
  lists: ReadonlySet<string>;
  /** Keys of the segments the one customer is in by the merge; or it is ahead, or was not kept. */
  segments: ReadonlySet<string> | 'ahead' | 'unkept';
  /** Addresses that both claim, as conflicts that the merge closes. */
  conflicts: readonly { identity: string; ownerId: string }[];
  /** ISO 4217. */
  shopCurrency: string;
}

const TRAITS = [
  'orders_count',
  'total_spent',
  'first_order_at',
  'last_order_at',
  'first_seen_at',
  'last_seen_at',
] as const;

/** What a merge changes for the customer who is kept, one thing at a time, with which value wins. */
export function explainMerge(before: BeforeMerge): MergeChange[] {
  const { keep, shopCurrency } = before;
  const merge = before.unproven ? withoutClaims(before.merge, keep) : before.merge;
  const orders = joinOrders(keep._id, before.orders);
  const result = mergeProfiles(keep, merge, { orders, shopCurrency });
  return [
    ...attributeChanges(before, result),
    ...consentChanges(before, result),
    ...preferenceChanges(before, result),
    ...traitChanges(before, result),
    ...identityChanges(before),
    ...conflictChanges(before),
    ...segmentChanges(before),
    ...runChanges(before),
  ];
}

function attributeChanges({ keep, merge }: BeforeMerge, result: Profile): MergeChange[] {
  const names = Object.keys(merge.attributeTimes).sort();
  return names.flatMap((name): MergeChange[] => {
    const [ours, theirs, now] = [keep, merge, result].map(({ attributes }) =>
      own(attributes, name),
    );
    if (isSame(ours, theirs)) return [];
    const wins = isSame(now, theirs) ? 'merge' : 'keep';
    const isNew = own(keep.attributeTimes, name) === null;
    return [
      {
        ...{ what: 'attribute', name, keep: ours ?? null, merge: theirs ?? null },
        ...{ result: now ?? null, wins },
        why:
          wins === 'merge' && isNew
            ? 'Only the merged profile said anything.'
            : wins === 'keep' && keptByKey(keep, merge, name)
              ? 'A public key linked the two, which may not change an address.'
              : 'The later word stands.',
      },
    ];
  });
}

/** Said later by the merged profile, and not taken over all the same. */
function keptByKey(keep: Profile, merge: Profile, name: string): boolean {
  return (merge.attributeTimes[name] ?? 0) > (keep.attributeTimes[name] ?? 0);
}

function consentChanges({ keep, merge }: BeforeMerge, result: Profile): MergeChange[] {
  const channels = Object.keys(merge.consents).sort();
  return channels.flatMap((name): MergeChange[] => {
    const [ours, theirs, now] = [keep, merge, result].map(({ consents }) => own(consents, name));
    if (isSame(granted(ours), granted(theirs))) return [];
    const wins = isSame(granted(now), granted(theirs)) ? 'merge' : 'keep';
    return [
      {
        ...{ what: 'consent', name, keep: granted(ours), merge: granted(theirs) },
        ...{ result: granted(now), wins },
        why:
          ours !== null
            ? 'The stricter stands: a refusal outlives a merge.'
            : wins === 'merge'
              ? 'Only the merged profile said anything.'
              : 'A public key linked the two, which may not consent for a customer.',
      },
    ];
  });
}

function granted(consent: Consent | null | undefined): boolean | null {
  return consent?.granted ?? null;
}

function preferenceChanges({ keep, merge }: BeforeMerge, result: Profile): MergeChange[] {
  const said = ({ preferences }: Profile): JsonObject => preferences?.values ?? {};
  const names = Object.keys(merge.preferences?.times ?? {}).sort();
  return names.flatMap((name): MergeChange[] => {
    const [ours, theirs, now] = [keep, merge, result].map((profile) => own(said(profile), name));
    if (isSame(ours, theirs)) return [];
    return [
      {
        ...{ what: 'preference', name, keep: ours ?? null, merge: theirs ?? null },
        ...{ result: now ?? null, wins: isSame(now, theirs) ? 'merge' : 'keep' },
        why: 'The later word stands.',
      },
    ];
  });
}

function traitChanges({ keep, merge, shopCurrency }: BeforeMerge, result: Profile): MergeChange[] {
  return TRAITS.flatMap((name): MergeChange[] => {
    const [ours, theirs, now] = [keep, merge, result].map(({ traits }) =>
      shown(traits, name, shopCurrency),
    );
    if (isSame(now, ours)) return [];
    const wins = isSame(now, theirs) ? 'merge' : 'both';
    const why = 'Reckoned anew from the orders and visits of both, an order known to both once.';
    return [
      {
        what: 'trait',
        name,
        keep: ours ?? null,
        merge: theirs ?? null,
        result: now ?? null,
        wins,
        why,
      },
    ];
  });
}

function shown(traits: Traits, name: (typeof TRAITS)[number], currency: string): Json {
  const value = traits[name];
  if (typeof value !== 'number') return null;
  if (name === 'total_spent') return toMajorUnits(value, currency);
  return name === 'orders_count' ? value : new Date(value).toISOString();
}

function identityChanges({ keepIdentities, mergeIdentities }: BeforeMerge): MergeChange[] {
  const hasOwn = keepIdentities.some((id) => id.startsWith('external:'));
  return mergeIdentities
    .filter(({ _id }) => !_id.startsWith('merged:'))
    .map(({ _id: name, externalOf }): MergeChange => {
      const isSecond = externalOf !== undefined && hasOwn;
      const why = isSecond
        ? 'The kept profile’s own customer id stays its own; this one finds the same customer.'
        : 'Every identity of the merged profile finds the kept one.';
      return { what: 'identity', name, keep: false, merge: true, result: true, wins: 'both', why };
    });
}

const HAS = 'has it';
const CLAIMS = 'claims it';

function conflictChanges({ keep, conflicts }: BeforeMerge): MergeChange[] {
  return conflicts.map(({ identity: name, ownerId }): MergeChange => {
    const [ours, theirs] = ownerId === keep._id ? [HAS, CLAIMS] : [CLAIMS, HAS];
    const why =
      'Both claim this address; as one customer they no longer do: the conflict is closed.';
    return {
      ...{ what: 'conflict', name, keep: ours, merge: theirs },
      ...{ result: 'closed', wins: 'both', why },
    };
  });
}

/** Those that either is in, and after the merge those that only both together are. */
function segmentChanges({ keep, merge, lists, segments }: BeforeMerge): MergeChange[] {
  const [ours = new Set<string>(), theirs = new Set<string>()] = [keep, merge].map(
    (one) => new Set((one.segments ?? []).map(({ key }) => key)),
  );
  const known = typeof segments === 'string' ? [] : segments;
  const keys = [...new Set([...ours, ...theirs, ...known])].sort();
  return keys.map((name): MergeChange => {
    const was = { what: 'segment', name, keep: ours.has(name), merge: theirs.has(name) } as const;
    const isList = lists.has(name);
    if (typeof segments === 'string' && !isList) {
      return { ...was, result: null, wins: null, why: UNKNOWN_SEGMENT[segments] };
    }
    const result = typeof segments === 'string' || segments.has(name);
    const wins = was.keep === was.merge ? 'both' : result === was.keep ? 'keep' : 'merge';
    return { ...was, result, wins, why: segmentReason(isList, result) };
  });
}

const UNKNOWN_SEGMENT = {
  ahead:
    'Not known yet: the merge looks at its condition anew, with all that is known of both, and its answer says what came of it.',
  unkept:
    'What came of it was not kept. The customer’s profile says which segments they are in now.',
} as const;

function segmentReason(isList: boolean, result: boolean): string {
  if (isList) {
    return result
      ? 'Who was on a list by name stays on it.'
      : 'The list was no longer there, or not kept by hand.';
  }
  return `Its condition was looked at anew with all that is known of both: it ${result ? 'holds' : 'does not hold'}.`;
}

function runChanges({ keep, runs, overtaken }: BeforeMerge): MergeChange[] {
  return runs.map(({ id: name, profileId }): MergeChange => {
    const isOurs = profileId === keep._id;
    const ends = overtaken.includes(name);
    return {
      ...{ what: 'run', name, keep: isOurs, merge: !isOurs, result: !ends },
      wins: ends === isOurs ? 'merge' : 'keep',
      why: ends
        ? 'The older run of this journey goes on; its rule of re-entry has a customer in it once.'
        : 'It goes on.',
    };
  });
}

function own<T>(source: Record<string, T>, name: string): T | null {
  return Object.hasOwn(source, name) ? (source[name] ?? null) : null;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
