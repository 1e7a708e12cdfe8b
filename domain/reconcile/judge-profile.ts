import { membershipAnew, type MembershipChange } from '#domain/apply/keep-membership.ts';
import type { FoldInput } from '#domain/apply/plan.ts';
import { withNextLook } from '#domain/apply/watch.ts';
import { Work } from '#domain/apply/work.ts';
import { totalsOf } from '#domain/profile/order-totals.ts';
import type { Membership, Profile, SegmentState } from '#domain/profile/profile.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { driftBetween, hasSeenAll } from './drift-between.ts';
import type { Checkpoint, Standing } from './history.ts';
import type { Light } from './replay-history.ts';

/** What came of looking at one profile. */
export interface Judgement {
  /** As it must be; with the revision that was looked at. */
  truth: Standing;
  /** What somebody was not told of who came into a segment or went out of it. */
  changes: MembershipChange[];
  /** Where the profile is not as its events say: `traits.orders_count`, `segments.vip`. */
  paths: string[];
  /** False while segments are being filled that it was not looked at for: these were left out. */
  hasLookedAtSegments: boolean;
}

/** What a profile is held against. */
export interface Evidence {
  /** What its events say; null: they are not all there, so it is held against itself. */
  replayed: Standing | null;
  /** Ids of asks whose events may have expired since they were first counted. */
  unprovable: ReadonlySet<string>;
  /** Whether everybody has been looked at for every segment: who was not is untrue. */
  isFilled: boolean;
}

/** Holds a profile against what its events say: by the same rules as those that keep it true. */
export function judgeProfile(standing: Standing, evidence: Evidence, light: Light): Judgement {
  const { profile } = standing;
  const { replayed } = evidence;
  const known = replayed ?? summedUp(standing, light);
  const looksAtSegments = evidence.isFilled || hasSeenAll(profile, light.segments);
  const kept = keptOf(profile, known.profile, { ...evidence, light });
  const before: Profile = {
    ...withoutInterests(known.profile),
    ...ownOf(profile),
    segments: membersOf(profile, known.profile, light),
    segmentState: { generation: light.segments.generation, flips: {}, kept },
  };
  const named = leftByName(profile, before, light);
  const looked = looksAtSegments
    ? membershipAnew(new Work(bare(light)), before)
    : { profile: { ...before, ...segmentsOf(profile) }, changes: [] };
  const truth: Standing = { profile: withNextLook(looked.profile), orders: known.orders };
  const changes = looksAtSegments ? [...named, ...looked.changes] : [];
  const paths = driftBetween(standing, truth, { ...light, looksAtSegments });
  return { truth, changes, paths, hasLookedAtSegments: looksAtSegments };
}

/** A checkpoint from which the next look may go on. `at`: see there. */
export function checkpointOf(
  { truth: { profile, orders } }: Judgement,
  { at, takenAt }: { at: number; takenAt: number },
): Checkpoint {
  // What journeys watch is reckoned by each of them, and never from here.
  return { at, takenAt, profile: { ...profile, watches: {}, nextWatchAt: null }, orders };
}

/** What no event says, or none of a customer's own: taken as it stands. */
function ownOf(profile: Profile): Partial<Profile> {
  const { revision, partition, watches, nextWatchAt, mergedInto, erasedAt } = profile;
  const { partedAt, fault, createdAt, updatedAt, interests, interestCuts, deadAddresses } = profile;
  return {
    ...{ revision, partition, watches, nextWatchAt, mergedInto, erasedAt, createdAt, updatedAt },
    // They remember what of the catalogue was told, too, which is no event of theirs.
    ...(interests === undefined ? {} : { interests }),
    ...(interestCuts === undefined ? {} : { interestCuts }),
    // The address a receipt meant is the one of that moment, which a look back may take for another.
    ...(deadAddresses === undefined ? {} : { deadAddresses }),
    ...(partedAt === undefined ? {} : { partedAt }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function withoutInterests(profile: Profile): Profile {
  const { interests: _, interestCuts: __, ...rest } = profile;
  return rest;
}

function segmentsOf({ segments, segmentState }: Profile): Partial<Profile> {
  return { ...(segments && { segments }), ...(segmentState && { segmentState }) };
}

/** With the totals of the orders that are there, which need no event. */
function summedUp({ profile, orders }: Standing, { settings }: Light): Standing {
  const totals = totalsOf(orders, settings.shopCurrency);
  return { profile: { ...profile, traits: { ...profile.traits, ...totals } }, orders };
}

/**
 * Those of a condition as they stand, so that a look tells what changes; those that are told by
 * name as they were told.
 */
function membersOf(standing: Profile, known: Profile, light: Light): Membership[] {
  const named = namesOf(light);
  const since = new Map((standing.segments ?? []).map((member) => [member.key, member.since]));
  return [
    ...(standing.segments ?? []).filter(({ key }) => light.segments.has(key) && !named.has(key)),
    ...(known.segments ?? [])
      .filter(({ key }) => named.has(key))
      .map((member) => ({ key: member.key, since: since.get(member.key) ?? member.since })),
  ].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function namesOf({ segments }: Light): Set<string> {
  const told = segments.segments.filter(({ holds }) => holds === null);
  return new Set(told.map(({ key }) => key));
}

/** Changes of the segments whose members are told by name. */
function leftByName(standing: Profile, truth: Profile, light: Light): MembershipChange[] {
  const one = new Set((standing.segments ?? []).map(({ key }) => key));
  const other = new Set((truth.segments ?? []).map(({ key }) => key));
  return [...namesOf(light)]
    .filter((key) => one.has(key) !== other.has(key))
    .map((key) => ({ key, entered: other.has(key), at: light.now }));
}

interface Counting extends Pick<Evidence, 'replayed' | 'unprovable'> {
  light: Light;
}

function keptOf(
  standing: Profile,
  known: Profile,
  { replayed, unprovable, light }: Counting,
): SegmentState['kept'] {
  const kept: SegmentState['kept'] = {};
  for (const id of light.segments.asks.keys()) {
    const isProven = replayed !== null && !unprovable.has(id);
    const counted = (isProven ? known : standing).segmentState?.kept[id];
    if (counted !== undefined) kept[id] = counted;
  }
  return kept;
}

function bare({ segments, settings, now }: Light): FoldInput {
  const none = { events: [], profiles: new Map(), orders: new Map(), pastEvents: new Map() };
  return { ...none, priorRuns: [], journeys: [], segments, settings, now };
}

/** What checkpoints counted, and how long it can be counted again. */
export interface Counted {
  /** The segments they counted for, by generation; null: there are none, and every event is there. */
  generation: number | null;
  /** How long events of a name are kept, in ms; null: for good. */
  keptMs: (event: string) => number | null;
}

/**
 * Ids of asks that no checkpoint holds and whose events may have expired between the definition of
 * the segment, when they were counted, and now.
 */
export function unprovableAsks(
  { segments }: SegmentCatalogue,
  { generation, keptMs }: Counted,
): Set<string> {
  const ids = new Set<string>();
  if (generation === null) return ids;
  for (const segment of segments) {
    if (segment.generation <= generation) continue;
    for (const { id, ask, keep } of segment.asks) {
      const lasts = keptMs(ask.event);
      if (lasts === null || (keep.kind === 'window' && keep.ms < lasts)) continue;
      ids.add(id);
    }
  }
  // The same ask of an older segment was counted on.
  for (const segment of segments) {
    if (segment.generation <= generation) for (const { id } of segment.asks) ids.delete(id);
  }
  return ids;
}
