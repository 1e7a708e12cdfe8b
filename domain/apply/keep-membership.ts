import type { Facts } from '#domain/condition/facts.ts';
import type { Verdict } from '#domain/condition/verdict.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Membership, Profile, SegmentState } from '#domain/profile/profile.ts';
import type { CompiledSegment, LiveSegment, SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { joinKept, keepEvent, keptFor, NOTHING_KEPT } from '#domain/segment/kept-matches.ts';
import { MEMBER_ADDED, MEMBER_REMOVED } from '#domain/segment/segment.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import { affectedSegments } from './affected-segments.ts';
import type { Work } from './work.ts';
import { withNextLook } from './watch.ts';

const NOT_LOOKED_AT: SegmentState = { generation: 0, flips: {}, kept: {} };

/** A profile came into a segment, or went out of it. */
export interface MembershipChange {
  key: string;
  entered: boolean;
  /** Epoch ms. */
  at: number;
}

/** A profile with its segments as they are now, and what changed on the way. */
export interface Kept {
  profile: Profile;
  changes: MembershipChange[];
}

/**
 * Keeps a profile's segments true after an event: counts it for the asks it matches, and looks
 * again at the segments that read it or what it changed. `before` is the profile before `event`.
 */
export function membershipAfterEvent(
  work: Work,
  event: StoredEvent,
  before: Profile,
  after: Profile,
): Kept {
  const { segments: catalogue, now } = work.input;
  if (catalogue.isEmpty && after.segmentState === undefined) return { profile: after, changes: [] };
  const { state, rebuilt } = caughtUp(work, after);
  const profile = { ...after, segmentState: withEvent(work, after, { state, rebuilt, event }) };
  const hasMerged = event.merges !== undefined;
  const since = after.segmentState?.generation ?? 0;
  const affected = hasMerged
    ? new Set(catalogue.segments)
    : affectedSegments(catalogue, { event, before, after, since });
  const told = toldMembership(catalogue, event);
  // Most events are nothing to any segment.
  if (affected.size === 0 && told === null && !hasMerged) return { profile, changes: [] };
  return look(work, profile, { affected, told, at: now });
}

/** Looks again at the segments whose instant has come. */
export function membershipDue(work: Work, profile: Profile): Kept {
  const { segments: catalogue, now } = work.input;
  const filled = membershipFilled(work, profile);
  const { flips } = filled.segmentState ?? NOT_LOOKED_AT;
  const due = catalogue.segments.filter(({ key }) => (flips[key] ?? Infinity) <= now);
  const isClean = Object.keys(flips).every((key) => catalogue.has(key));
  if (due.length === 0 && isClean) return { profile: filled, changes: [] };
  return look(work, filled, { affected: new Set(due), told: null, at: now });
}

/**
 * First look at a profile for segments defined since it was looked at last. Nobody is told of it,
 * whether the fill comes by or something happens to the customer before: those who are in them now
 * did not come in. What is due of the others is left for `membershipDue`, which does tell.
 */
export function membershipFilled(work: Work, profile: Profile): Profile {
  const { segments: catalogue, now } = work.input;
  const since = profile.segmentState?.generation ?? 0;
  if (since >= catalogue.generation) return profile;
  const { state: segmentState } = caughtUp(work, profile);
  const affected = new Set(catalogue.since(since));
  return look(work, { ...profile, segmentState }, { affected, told: null, at: now }).profile;
}

/** Looks at every segment there is; the changes are what was not true of the profile as given. */
export function membershipAnew(work: Work, profile: Profile): Kept {
  const { segments: catalogue, now } = work.input;
  return look(work, profile, { affected: new Set(catalogue.segments), told: null, at: now });
}

interface CaughtUp {
  state: SegmentState;
  /** Ids of the asks that were reckoned anew, from all events that are there. */
  rebuilt: ReadonlySet<string>;
}

/** The state with what segments defined since need, reckoned from the events that are there. */
function caughtUp(work: Work, profile: Profile): CaughtUp {
  const { segments: catalogue, now, settings } = work.input;
  const known = profile.segmentState ?? NOT_LOOKED_AT;
  const rebuilt = new Set<string>();
  if (known.generation >= catalogue.generation) return { state: known, rebuilt };
  const setting = { now, zone: profile.zone ?? settings.defaultZone };
  const kept: SegmentState['kept'] = {};
  for (const [id, asked] of catalogue.asks) {
    if (catalogue.isCounted(id, known.generation)) {
      const counted = known.kept[id];
      if (counted !== undefined) kept[id] = counted;
      continue;
    }
    rebuilt.add(id);
    const counted = work
      .events(profile._id, asked.ask.event)
      .reduce((soFar, event) => keepEvent(soFar, asked, event, setting), NOTHING_KEPT);
    if (counted !== NOTHING_KEPT) kept[id] = counted;
  }
  return { state: { ...known, generation: catalogue.generation, kept }, rebuilt };
}

/** With one more event, which what was reckoned anew holds already. */
function withEvent(
  work: Work,
  profile: Profile,
  { state, rebuilt, event }: CaughtUp & { event: StoredEvent },
): SegmentState {
  const { segments: catalogue, now, settings } = work.input;
  const setting = { now, zone: profile.zone ?? settings.defaultZone };
  let { kept } = state;
  for (const asked of catalogue.asksOf(event.name)) {
    if (rebuilt.has(asked.id)) continue;
    const before = kept[asked.id] ?? NOTHING_KEPT;
    const after = keepEvent(before, asked, event, setting);
    if (after !== before) kept = { ...kept, [asked.id]: after };
  }
  return kept === state.kept ? state : { ...state, kept };
}

interface Look {
  affected: ReadonlySet<CompiledSegment>;
  /** A static segment of which the event says that this profile is in it, or no longer. */
  told: { key: string; isMember: boolean } | null;
  at: number;
}

function look(work: Work, profile: Profile, { affected, told, at }: Look): Kept {
  const { segments: catalogue, now } = work.input;
  const state = profile.segmentState ?? NOT_LOOKED_AT;
  const standing = new Standing(profile, catalogue);
  const facts = factsFor(work, profile, catalogue, standing.keys);
  for (const segment of catalogue.segments) {
    const { key, holds } = segment;
    if (holds === null) {
      if (told?.key === key) standing.set(key, { holds: told.isMember, flipsAt: null }, at);
    } else if (affected.has(segment) || standing.hasChanged(segment.readsSegments)) {
      standing.set(key, holds(facts, now), at);
    }
  }
  const { flips, changes } = standing;
  const isSame = changes.length === 0 && standing.keys.size === (profile.segments ?? []).length;
  const segments = isSame ? profile.segments : standing.listed();
  const next = { ...profile, ...(segments && { segments }), segmentState: { ...state, flips } };
  return { profile: withNextLook(next), changes };
}

/** Where a profile stands while one segment after the other is looked at. */
class Standing {
  readonly changes: MembershipChange[] = [];
  readonly flips: Record<string, number> = {};
  /** The segments it is in: changes as they are looked at, for those that read others. */
  readonly keys = new Set<string>();
  readonly #since = new Map<string, number>();
  readonly #changed = new Set<string>();

  constructor({ segments = [], segmentState }: Profile, catalogue: SegmentCatalogue) {
    for (const { key, since } of segments) if (catalogue.has(key)) this.#enter(key, since);
    for (const [key, flipsAt] of Object.entries(segmentState?.flips ?? {})) {
      if (catalogue.has(key)) this.flips[key] = flipsAt;
    }
  }

  hasChanged(keys: readonly string[]): boolean {
    return keys.some((key) => this.#changed.has(key));
  }

  set(key: string, { holds, flipsAt }: Verdict, at: number): void {
    Reflect.deleteProperty(this.flips, key);
    if (flipsAt !== null) this.flips[key] = flipsAt;
    if (holds === this.#since.has(key)) return;
    if (holds) this.#enter(key, at);
    else this.#leave(key);
    this.#changed.add(key);
    this.changes.push({ key, entered: holds, at });
  }

  listed(): Membership[] {
    return listed(this.#since);
  }

  #enter(key: string, since: number): void {
    this.#since.set(key, since);
    this.keys.add(key);
  }

  #leave(key: string): void {
    this.#since.delete(key);
    this.keys.delete(key);
  }
}

function listed(members: ReadonlyMap<string, number>): Membership[] {
  return [...members]
    .map(([key, since]) => ({ key, since }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function factsFor(
  work: Work,
  profile: Profile,
  catalogue: SegmentCatalogue,
  segments: ReadonlySet<string>,
): Facts {
  const kept = profile.segmentState?.kept ?? {};
  return {
    ...work.facts(profile),
    segments,
    kept: (ask) => {
      const known = catalogue.keptAs(ask);
      return known && keptFor(kept[known.id] ?? NOTHING_KEPT, known.keep);
    },
  };
}

function toldMembership(catalogue: SegmentCatalogue, event: StoredEvent): Look['told'] {
  if (event.source === 'browser' || event.source === 'server') return null;
  if (event.name !== MEMBER_ADDED && event.name !== MEMBER_REMOVED) return null;
  const key = event.properties.segment;
  const isMeant = catalogue.segments.some(
    (one) => one.key === key && one.condition === null && wasThere(one, event.receivedAt),
  );
  return typeof key === 'string' && isMeant ? { key, isMember: event.name === MEMBER_ADDED } : null;
}

/** Clocks of machines differ by less: who is added right after the list was made is not lost. */
const CLOCKS_MS = MINUTE_MS;

/** Whether what was said of a list then (epoch ms) is about this one, and not an earlier of its key. */
export function wasThere({ createdAt = 0 }: LiveSegment, at: number): boolean {
  return createdAt - CLOCKS_MS <= at;
}

/**
 * What keeps the segments of two profiles true once they are one; they are looked at anew with the
 * event that joined them. Static membership of either stands, since the earlier of the two.
 */
export function joinSegments(
  keep: Profile,
  other: Profile,
  { segments: catalogue, now }: { segments: SegmentCatalogue; now: number },
): Pick<Profile, 'segments' | 'segmentState'> {
  const [mine, theirs] = [keep.segmentState ?? NOT_LOOKED_AT, other.segmentState ?? NOT_LOOKED_AT];
  const kept: SegmentState['kept'] = {};
  for (const [id, { keep: how }] of catalogue.asks) {
    const [one, two] = [mine.kept[id], theirs.kept[id]];
    if (one !== undefined || two !== undefined) {
      kept[id] = joinKept(one ?? NOTHING_KEPT, two ?? NOTHING_KEPT, how, now);
    }
  }
  const members = new Map((other.segments ?? []).map(({ key, since }) => [key, since]));
  for (const { key, since } of keep.segments ?? []) {
    members.set(key, Math.min(since, members.get(key) ?? since));
  }
  // Of one who was never written there is nothing that could be missing in what is kept.
  const looked = [keep, other].filter((one) => one.segmentState !== undefined || one.revision > 0);
  const generation = Math.min(
    ...looked.map(({ segmentState }) => (segmentState ?? NOT_LOOKED_AT).generation),
    catalogue.generation,
  );
  return { segments: listed(members), segmentState: { generation, flips: {}, kept } };
}
