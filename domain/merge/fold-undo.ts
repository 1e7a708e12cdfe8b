import { tellChanges } from '#domain/apply/fold-batch.ts';
import { membershipAfterEvent, type MembershipChange } from '#domain/apply/keep-membership.ts';
import type { FoldInput, PastEvent, Plan } from '#domain/apply/plan.ts';
import { watchAfterEvent, withNextLook } from '#domain/apply/watch.ts';
import { Work } from '#domain/apply/work.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { partedPreferences } from '#domain/profile/preferences.ts';
import type { Membership, Order, Profile } from '#domain/profile/profile.ts';
import { assignLater, type Assigned, type MergeRecord, type Side } from './assign-later.ts';
import { byKey, partProfiles, staticKeys, type Joined } from './part-profiles.ts';

/** What is written when a merge is undone, beside the two profiles. */
export interface Parting {
  id: string;
  kept: string;
  merged: string;
  /** The event that asked for it. */
  eventId: string;
  source: StoredEvent['source'];
  /** Epoch ms. */
  at: number;
  /** Later events that are the merged profile's. */
  events: string[];
  /** Identities first seen since, or merged since, that are the merged profile's. */
  identities: string[];
  /** Customer ids that are now a profile's own, with that profile's id. */
  own: { id: string; profileId: string }[];
  /** Merges into the kept one since: they stand. */
  carried: Carried[];
  /** All orders of both. */
  orders: Order[];
  /** Both as they are from now on. */
  profiles: Profile[];
}

/** A later merge that stands, as one into whichever of the two it was with. */
export interface Carried extends Joined {
  /** The profile that was merged by it. */
  merged: string;
  /** The one of the two that it is merged into. */
  kept: string;
  keptIdentities: string[];
  /** Its place among that one's merges; null: as it was. */
  order: { revision: number; place: number } | null;
}

/** What undoing reads. */
export interface Undoing {
  event: StoredEvent;
  merge: MergeRecord;
  /** Applied since the merge, in the order of application, the merging event included. */
  later: readonly StoredEvent[];
  /** By id, with the merge they came with: this one or a later. */
  movedMessages: ReadonlyMap<string, string>;
  /** Past events and runs of the input that came with this merge or a later one, with all they moved by. */
  moved: ReadonlyMap<string, readonly string[]>;
}

/**
 * Undoes a merge: two profiles as though they had never been one, looked at anew by the segments
 * and by the journeys that watch them. Pure; of `input` the events are not read, its profiles are
 * the two as they stand, its past events and runs are those of both under the kept one.
 */
export function foldUndo(
  input: FoldInput,
  { event, merge, later, movedMessages, moved }: Undoing,
): { plan: Plan; parting: Parting } {
  const assigned = assignLater(merge, later, movedMessages);
  const isMerged = (id: string): boolean =>
    id === merge.id || assigned.carried.get(id)?.side === 'merged';
  const isTheirs = (id: string): boolean =>
    assigned.events.get(id) === 'merged' || moved.get(id)?.some(isMerged) === true;
  const work = new Work({ ...input, ...divide(input, merge, isTheirs) });
  const standing = work.profile(merge.kept, input.now);
  const { kept, merged } = partProfiles(merge, later, assigned, input);
  const { revision, watches } = standing;
  const known = knownMembers(standing, kept.profile, staticKeys(input.segments));
  const changes = leftByName(standing, known, staticKeys(input.segments));
  work.setProfile({ ...merged.profile, updatedAt: input.now });
  lookAnew(work, { ...event, profileId: merge.kept }, standing, {
    profile: {
      ...kept.profile,
      ...partedPreferences(kept.profile, standing),
      ...{ revision, watches, segments: known, partedAt: input.now },
    },
    changes: changes.map((key) => ({ key, entered: false, at: input.now })),
  });
  lookAnew(work, { ...event, profileId: merge.merged }, merge.snapshot, {
    profile: merged.profile,
    changes: [],
  });
  work.applied.push(event._id);
  const parting = {
    ...{ id: merge.id, kept: merge.kept, merged: merge.merged },
    ...{ eventId: event._id, source: event.source, at: input.now },
    events: mergedIn(assigned.events),
    identities: mergedIn(assigned.identities),
    own: [...assigned.own].map(([id, side]) => ({ id, profileId: merge[side] })),
    carried: carriedOf(merge, assigned, { joined: [kept.joined, merged.joined].flat(), input }),
    orders: [...kept.orders, ...merged.orders],
    profiles: [merge.kept, merge.merged].map((id) => work.profile(id, input.now)),
  };
  return { plan: work.plan(), parting };
}

function carriedOf(
  merge: MergeRecord,
  assigned: Assigned,
  { joined, input }: { joined: readonly Joined[]; input: FoldInput },
): Carried[] {
  const revision = input.profiles.get(merge.merged)?.revision ?? 0;
  return merge.carried.flatMap(({ id, merged }, place) => {
    const found = assigned.carried.get(id);
    const own = joined.find((one) => one.id === id);
    if (found === undefined || own === undefined) return [];
    const { side, keptIdentities } = found;
    // After all that were merged into it before, and before those to come.
    const order = side === 'merged' ? { revision, place } : null;
    return [{ ...own, merged, kept: merge[side], keptIdentities, order }];
  });
}

function mergedIn(sides: ReadonlyMap<string, Side>): string[] {
  return [...sides].filter(([, side]) => side === 'merged').map(([id]) => id);
}

/** What is the merged profile's under its own id again. */
function divide(
  { pastEvents, priorRuns }: FoldInput,
  { kept, merged }: MergeRecord,
  isTheirs: (id: string) => boolean,
): Pick<FoldInput, 'pastEvents' | 'priorRuns'> {
  const ours = new Map<string, PastEvent[]>();
  const theirs = new Map<string, PastEvent[]>();
  for (const [name, events] of pastEvents.get(kept) ?? []) {
    ours.set(
      name,
      events.filter(({ id }) => !isTheirs(id)),
    );
    theirs.set(
      name,
      events.filter(({ id }) => isTheirs(id)),
    );
  }
  return {
    pastEvents: new Map([
      [kept, ours],
      [merged, theirs],
    ]),
    priorRuns: priorRuns.map((run) => (isTheirs(run.id) ? { ...run, profileId: merged } : run)),
  };
}

function lookAnew(
  work: Work,
  event: StoredEvent,
  before: Profile,
  { profile, changes }: { profile: Profile; changes: MembershipChange[] },
): void {
  const { now } = work.input;
  // No instant of before counts: all is looked at now.
  const { segmentState } = profile;
  const unlooked = withNextLook({
    ...profile,
    ...(segmentState === undefined ? {} : { segmentState: { ...segmentState, flips: {} } }),
    updatedAt: now,
  });
  work.setProfile(unlooked);
  const looked = membershipAfterEvent(work, event, before, unlooked);
  tellChanges(work, profile._id, [...changes, ...looked.changes], { id: event._id });
  work.setProfile(watchAfterEvent(work, event, before, looked.profile));
}

/**
 * The segments that the kept profile was last told to be in, so that only what changes is told;
 * since when it is in them is as it was, and those whose members are named are its own.
 */
function knownMembers(
  standing: Profile,
  parted: Profile,
  named: ReadonlySet<string>,
): Membership[] {
  const own = new Map((parted.segments ?? []).map((member) => [member.key, member]));
  const dynamic = (standing.segments ?? []).filter(({ key }) => !named.has(key));
  const told = [...own.values()].filter(({ key }) => named.has(key));
  return byKey([...dynamic.map((member) => own.get(member.key) ?? member), ...told]);
}

function leftByName(
  standing: Profile,
  known: readonly Membership[],
  named: ReadonlySet<string>,
): string[] {
  return (standing.segments ?? [])
    .map(({ key }) => key)
    .filter((key) => named.has(key) && !known.some((member) => member.key === key));
}
