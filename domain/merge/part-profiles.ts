import { joinSegments } from '#domain/apply/keep-membership.ts';
import type { FoldSettings } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { applyEvent } from '#domain/profile/apply-event.ts';
import { mergeProfiles, withoutClaims } from '#domain/profile/merge-profiles.ts';
import { joinOrders, orderIdOf, orderKey } from '#domain/profile/orders.ts';
import type { Membership, Order, Profile } from '#domain/profile/profile.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { keepEvent, NOTHING_KEPT } from '#domain/segment/kept-matches.ts';
import { MEMBER_ADDED, MEMBER_REMOVED } from '#domain/segment/segment.ts';
import type { Assigned, LaterMerge, MergeRecord, Side } from './assign-later.ts';
import { MERGE_UNDONE, PROFILES_MERGED } from './merge-events.ts';

/** One of two profiles as it would be had they never been one, with its orders. */
export interface Parted {
  profile: Profile;
  orders: Order[];
  /** Later merges into it, with what was there just before each. */
  joined: Joined[];
}

/** A later merge that stands: what undoing that one in turn begins with. */
export interface Joined {
  id: string;
  keptSnapshot: Profile;
  /** All orders of both. */
  orders: Order[];
}

interface Setting {
  settings: FoldSettings;
  segments: SegmentCatalogue;
}

/**
 * Both profiles of a merge as they would be without it: each as it was, with its own later events
 * folded in again, and each later merge where it was, in the order of application. What is kept for
 * segments is counted on; which segments they are in, and what time will change, the caller looks at
 * anew.
 */
export function partProfiles(
  merge: MergeRecord,
  later: readonly StoredEvent[],
  assigned: Assigned,
  setting: Setting,
): Record<Side, Parted> {
  const brought = new Map<string, LaterMerge[]>();
  for (const one of merge.carried) {
    brought.set(one.eventId, [...(brought.get(one.eventId) ?? []), one]);
  }
  const replay = (side: Side, profile: Profile): Parted => {
    const own = new Map(merge.orders.map((order) => [order._id, order]));
    for (const [id, { profileId }] of own) if (profileId !== profile._id) own.delete(id);
    const events = later
      .filter((event) => assigned.events.get(event._id) === side || isOfBoth(event, assigned))
      .map((event) => ({ event, brought: brought.get(event._id) ?? [] }))
      .filter(({ event, brought: joins }) => joins.length > 0 || !isAboutMerging(event));
    return replayed({ profile, orders: own, joined: [] }, events, setting);
  };
  return { kept: replay('kept', merge.keptSnapshot), merged: replay('merged', merge.snapshot) };
}

/**
 * Of what somebody in the shop said about merges neither profile would know anything; and what
 * Kairos told of segments followed from what is being reckoned anew.
 */
function isAboutMerging({ name, source }: StoredEvent): boolean {
  return source === 'kairos' || name === PROFILES_MERGED || name === MERGE_UNDONE;
}

/**
 * A file that names neither of two customers takes both off its list, whichever of them the event
 * stays with. What came with a later merge is not said of these two.
 */
function isOfBoth({ _id, name, source, by, properties }: StoredEvent, assigned: Assigned): boolean {
  const isByFile = name === MEMBER_REMOVED && source === 'admin' && 'import' in properties;
  return isByFile && by === undefined && assigned.events.has(_id);
}

interface Replay {
  profile: Profile;
  orders: Map<string, Order>;
  joined: Joined[];
}

function replayed(
  from: Replay,
  events: readonly { event: StoredEvent; brought: readonly LaterMerge[] }[],
  setting: Setting,
): Parted {
  let replay = from;
  for (const { event, brought } of events) {
    for (const one of brought) replay = withJoined(replay, one, { event, setting });
    const { profile, orders } = replay;
    const orderId = orderIdOf(event);
    const known = orderId === null ? null : (orders.get(orderKey(profile._id, orderId)) ?? null);
    const applied = applyEvent(profile, event, known, setting.settings);
    replay = { ...replay, profile: counted(applied.profile, event, setting) };
    if (applied.order !== null) orders.set(applied.order._id, applied.order);
  }
  return { ...replay, orders: [...replay.orders.values()] };
}

/** With all of a profile that was merged then: as domain/apply/fold-batch.ts does it. */
function withJoined(
  { profile: keep, orders: known, joined }: Replay,
  { id, snapshot: other, orders: theirs, unproven }: LaterMerge,
  { event, setting }: { event: StoredEvent; setting: Setting },
): Replay {
  const before = [...known.values(), ...theirs];
  const orders = joinOrders(keep._id, before);
  const { shopCurrency } = setting.settings;
  const brought = unproven ? withoutClaims(other, keep) : other;
  const { watches, nextWatchAt } = keep;
  const light = { segments: setting.segments, now: event.receivedAt };
  const profile = {
    ...mergeProfiles(keep, brought, { orders, shopCurrency }),
    ...{ watches, nextWatchAt, ...joinSegments(keep, other, light) },
  };
  return {
    profile,
    orders: new Map(orders.map((order) => [order._id, order])),
    joined: [...joined, { id, keptSnapshot: keep, orders: before }],
  };
}

/** With one more event for the asks of segments; asks newer than the profile are reckoned later. */
function counted(profile: Profile, event: StoredEvent, { segments, settings }: Setting): Profile {
  const told = withTold(profile, event, segments);
  if (told.segmentState === undefined) return told;
  const setting = { now: event.receivedAt, zone: told.zone ?? settings.defaultZone };
  let { kept } = told.segmentState;
  for (const asked of segments.asksOf(event.name)) {
    const before = kept[asked.id] ?? NOTHING_KEPT;
    const after = keepEvent(before, asked, event, setting);
    if (after !== before) kept = { ...kept, [asked.id]: after };
  }
  return { ...told, segmentState: { ...told.segmentState, kept } };
}

/** Membership of static segments is what was said last. */
function withTold(profile: Profile, event: StoredEvent, catalogue: SegmentCatalogue): Profile {
  if (event.source !== 'admin') return profile;
  if (event.name !== MEMBER_ADDED && event.name !== MEMBER_REMOVED) return profile;
  const { segment: key } = event.properties;
  if (typeof key !== 'string' || !staticKeys(catalogue).has(key)) return profile;
  const others = (profile.segments ?? []).filter((one) => one.key !== key);
  const known = (profile.segments ?? []).find((one) => one.key === key);
  const member = known ?? { key, since: event.receivedAt };
  return {
    ...profile,
    segments: event.name === MEMBER_ADDED ? byKey([...others, member]) : others,
  };
}

/** Keys of the segments whose members are told by name. */
export function staticKeys({ segments }: SegmentCatalogue): Set<string> {
  return new Set(segments.filter(({ condition }) => condition === null).map(({ key }) => key));
}

/** Memberships in the order in which a profile has them. */
export function byKey(members: readonly Membership[]): Membership[] {
  return [...members].sort((a, b) => (a.key < b.key ? -1 : 1));
}
