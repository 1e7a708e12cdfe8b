import type { StoredEvent } from '#domain/event/event.ts';
import { mergeId } from '#domain/merge/merge-events.ts';
import { overtakenRuns } from '#domain/merge/overtaken-runs.ts';
import { applyEvent } from '#domain/profile/apply-event.ts';
import { mergeProfiles, withoutClaims } from '#domain/profile/merge-profiles.ts';
import { joinOrders, orderIdOf } from '#domain/profile/orders.ts';
import { refusePreferences } from '#domain/profile/preferences.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { SEGMENT_ENTERED, SEGMENT_LEFT } from '#domain/segment/segment.ts';
import { shortHash } from '#domain/short-hash.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { enterByEvent, isHistory } from './enter.ts';
import { pastEvent } from './past-event.ts';
import { refusalIn } from './refusal-in.ts';
import type { FoldInput, Plan, ReceiptChange } from './plan.ts';
import {
  joinSegments,
  membershipAfterEvent,
  membershipDue,
  type MembershipChange,
} from './keep-membership.ts';
import { noteDefinitions } from './note-definitions.ts';
import { watchAfterEvent, watchDue } from './watch.ts';
import { Work } from './work.ts';

/**
 * Folds a batch of events into what must be written: profiles, orders, merges, runs that begin and
 * messages that moved on. Pure: the same input gives the same plan, so a crash before the write
 * costs nothing but the work.
 */
export function foldBatch(input: FoldInput): Plan {
  const work = new Work(input);
  for (const event of input.events) foldEvent(work, event);
  return work.plan();
}

/** Looks at the profiles whose instant has come, with no event at all. */
export function foldDue(input: FoldInput, dueIds: readonly string[]): Plan {
  const work = new Work(input);
  for (const id of dueIds) {
    const profile = work.profile(id, input.now);
    const { profile: kept, changes } = membershipDue(work, noteDefinitions(work, profile));
    tellChanges(work, id, changes, { id: `flip:${String(profile.nextWatchAt)}` });
    const moved = changes.length > 0 ? { at: profile.nextWatchAt ?? input.now } : null;
    work.setProfile({ ...watchDue(work, kept, moved), updatedAt: input.now });
  }
  return work.plan();
}

function foldEvent(work: Work, event: StoredEvent): void {
  for (const id of [event.profileId, ...(event.merges ?? [])]) fillBefore(work, id, event);
  // As it was before any merge: what a merge makes true becomes true now.
  const alone = work.profile(event.profileId, event.receivedAt);
  for (const id of event.merges ?? []) fold(work, event, id);
  const before = work.profile(event.profileId, event.receivedAt);
  const refusal = refusePreferences(before, event);
  if (refusal !== null) {
    work.refused.push({ id: event._id, fault: refusal });
    work.applied.push(event._id);
    return;
  }
  const orderKey = orderIdOf(event);
  const order = orderKey === null ? null : work.order(`${before._id}|${orderKey}`);
  const applied = applyEvent(before, event, order, work.input.settings);
  if (applied.order !== null && applied.order !== order) work.setOrder(applied.order);
  const { _id: id, name } = event;
  work.remember(before._id, name, pastEvent(event));
  work.setProfile(applied.profile);
  const { profile, changes } = membershipAfterEvent(work, event, alone, applied.profile);
  noteSegments(work, id, profile);
  tellChanges(work, profile._id, changes, { id, history: isHistory(event) });
  const watched = watchAfterEvent(work, event, alone, profile);
  work.setProfile(watched);
  enterByEvent(work, event, watched);
  noteReceipt(work, event);
  const left = refusalIn(event, watched);
  if (left !== null) work.addressRefusals.push(left);
  work.applied.push(event._id);
}

/** The segments that a merge by this event left somebody in. */
function noteSegments({ merges }: Work, eventId: string, { segments }: Profile): void {
  for (const merge of merges) {
    if (merge.eventId === eventId) merge.segments = (segments ?? []).map(({ key }) => key);
  }
}

/** What became true of somebody by a definition is looked at before what happens to them now. */
function fillBefore(work: Work, id: string, { receivedAt }: StoredEvent): void {
  const known = work.profile(id, receivedAt);
  // Of somebody new, whatever is true becomes true by this.
  if (work.isNew(known._id)) return;
  const filled = noteDefinitions(work, known);
  if (filled !== known) work.setProfile(filled);
}

/** The same person under another profile: joins it to the event's own, and leaves a pointer. */
function fold(work: Work, event: StoredEvent, otherId: string): void {
  const keep = work.profile(event.profileId, event.receivedAt);
  const other = work.profile(otherId, event.receivedAt);
  if (other._id === keep._id) return;
  // Somebody who asked for one profile did not ask for another that it became part of meanwhile.
  if (event.source === 'admin' && other._id !== otherId) return;
  const before = [...work.ordersOf(keep._id), ...work.ordersOf(other._id)];
  const sides = [work.runsOf(keep._id), work.runsOf(other._id)] as const;
  const overtaken = overtakenRuns(sides, work.input.journeys);
  work.overtake(overtaken);
  work.merges.push({
    id: mergeId(event._id, other._id),
    kept: keep._id,
    merged: other._id,
    eventId: event._id,
    receivedAt: event.receivedAt,
    source: event.source,
    at: work.input.now,
    place: work.merges.length,
    snapshot: other,
    keptSnapshot: keep,
    orders: before,
    overtaken,
    segments: null,
    unproven: event.source === 'browser',
  });
  work.move(other._id, keep._id);
  const orders = joinOrders(keep._id, before);
  work.dropOrders(other._id);
  for (const order of orders) work.setOrder(order);
  const { shopCurrency } = work.input.settings;
  const theirs = event.source === 'browser' ? withoutClaims(other, keep) : other;
  const joined = mergeProfiles(keep, theirs, { orders, shopCurrency });
  const { watches, nextWatchAt } = keep;
  const segments = joinSegments(keep, other, work.input);
  work.setProfile({ ...joined, watches, nextWatchAt, ...segments });
  // The interests are the kept one's now: whoever looks for those interested finds one person.
  const { segmentState: _, interests: _interests, interestCuts: _cuts, ...rest } = other;
  const left: Profile = {
    ...rest,
    segments: [],
    mergedInto: keep._id,
    watches: {},
    nextWatchAt: null,
    updatedAt: work.input.now,
  };
  work.setProfile(left);
}

/** Coming into a segment and going out of it are events like any other. */
export function tellChanges(
  work: Work,
  profileId: string,
  changes: readonly MembershipChange[],
  cause: { id: string; history?: boolean },
): void {
  const { now } = work.input;
  // Who came in by an import began nothing by it, and begins nothing by this.
  const context = cause.history === true ? { context: { import: true } } : {};
  for (const { key, entered, at } of changes) {
    work.told.push({
      // Made from what brought it about: the same batch folded again tells the same events.
      _id: `segment:${shortHash(JSON.stringify([profileId, key, entered, cause.id]))}`,
      profileId,
      partition: partitionOf(profileId),
      kind: 'track',
      name: entered ? SEGMENT_ENTERED : SEGMENT_LEFT,
      occurredAt: at,
      receivedAt: now,
      place: work.told.length,
      source: 'kairos',
      properties: { segment: key },
      ...context,
      state: 'accepted',
      pending: true,
    });
  }
}

function noteReceipt(work: Work, event: StoredEvent): void {
  const receipt = RECEIPT_EVENTS[event.name];
  const messageId = event.properties.message_id;
  if (receipt === undefined || typeof messageId !== 'string' || event.source === 'browser') return;
  work.receipts.push({
    eventId: event._id,
    messageId,
    status: receipt.status,
    at: event.occurredAt,
    suppress: suppressedBy(event, receipt.status),
  });
}

/** Why nobody may be written to there any more; null: that is not said. */
function suppressedBy(
  { properties }: StoredEvent,
  status: MessageStatus,
): ReceiptChange['suppress'] {
  if (properties.bounce === 'hard') return 'hardBounce';
  if (status === 'complained') return 'complaint';
  return properties.bounce === 'soft' ? 'softBounce' : null;
}
