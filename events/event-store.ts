import type { PastEvent } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { eventRef } from '#platform/hash.ts';
import { Fenced, type Session } from '#platform/transaction.ts';
import type { Collections } from '#platform/mongo.ts';

/** Past events of one name looked at for one profile: counted windows need no more. */
const PAST_EVENTS_MAX = 10_000;

export type PastEvents = Map<string, Map<string, PastEvent[]>>;

/** The event log, from accepted to routed. */
export interface EventStore {
  /** What is not yet applied, or applied and not yet routed, in the order of application. */
  pending(
    partitions: readonly number[],
    state: 'accepted' | 'applied',
    limit: number,
  ): Promise<StoredEvent[]>;
  /** Events by the references that runs were told. */
  byRefs(refs: readonly string[]): Promise<StoredEvent[]>;
  /**
   * A reference by which runs may be told of an event: a caller's own messageId could hold an
   * address, and what Temporal is told stays there.
   */
  refer(id: string): Promise<string>;
  /** Applied events of these profiles, by name from an instant (epoch ms) on. */
  past(profileIds: readonly string[], asked: ReadonlyMap<string, number>): Promise<PastEvents>;
  /** Applied events of one profile received at or after an instant, in order. */
  receivedSince(profileId: string, names: readonly string[], since: number): Promise<StoredEvent[]>;
  /** Gives queued events to the profile that theirs was merged into. */
  rehome(from: string, to: { profileId: string; partition: number }): Promise<void>;
  /** Fails with Fenced unless each was still `accepted`. */
  markApplied(ids: readonly string[], session: Session): Promise<void>;
  markRouted(ids: readonly string[]): Promise<void>;
  /** Whether a receipt of this message was accepted and is not applied yet. */
  isReceiptQueued(profileId: string, messageId: string): Promise<boolean>;
  /** Sets an event aside that cannot be applied, with a code; it is never dropped. */
  setAside(id: string, fault: string): Promise<void>;
}

export function createEventStore({ events }: Pick<Collections, 'events'>): EventStore {
  return {
    pending: (partitions, state, limit) =>
      events
        .find({ partition: { $in: [...partitions] }, pending: true, state })
        .sort({ receivedAt: 1, place: 1 })
        .hint('pending')
        .limit(limit)
        .toArray(),
    async refer(id) {
      const ref = eventRef(id);
      await events.updateOne({ _id: id }, { $set: { ref } });
      return ref;
    },
    byRefs: (refs) =>
      events
        .find({ ref: { $in: [...refs] } })
        .sort({ receivedAt: 1, place: 1 })
        .toArray(),
    past: (profileIds, asked) => readPast(events, profileIds, asked),
    receivedSince: (profileId, names, since) =>
      events
        .find({
          profileId,
          name: { $in: [...names] },
          receivedAt: { $gte: since },
          state: { $ne: 'accepted' },
        })
        .sort({ receivedAt: 1, place: 1 })
        .limit(100)
        .toArray(),
    async rehome(from, to) {
      await events.updateMany({ profileId: from, state: 'accepted' }, { $set: to });
    },
    async markApplied(ids, session) {
      const { modifiedCount } = await events.updateMany(
        { _id: { $in: [...ids] }, state: 'accepted' },
        { $set: { state: 'applied' } },
        { session },
      );
      if (modifiedCount !== ids.length) throw new Fenced('events');
    },
    async isReceiptQueued(profileId, messageId) {
      const found = await events.findOne(
        {
          profileId,
          name: { $in: Object.keys(RECEIPT_EVENTS) },
          state: 'accepted',
          'properties.message_id': messageId,
        },
        { projection: { _id: 1 } },
      );
      return found !== null;
    },
    async markRouted(ids) {
      await events.updateMany(
        { _id: { $in: [...ids] } },
        { $set: { state: 'routed' }, $unset: { pending: '' } },
      );
    },
    async setAside(id, fault) {
      await events.updateOne(
        { _id: id },
        { $set: { state: 'routed', fault }, $unset: { pending: '', expiresAt: '' } },
      );
    },
  };
}

async function readPast(
  events: Collections['events'],
  profileIds: readonly string[],
  asked: ReadonlyMap<string, number>,
): Promise<PastEvents> {
  const found: PastEvents = new Map();
  if (profileIds.length === 0 || asked.size === 0) return found;
  const rows = events
    .find({
      profileId: { $in: [...profileIds] },
      $or: [...asked].map(([name, since]) => ({ name, occurredAt: { $gte: since } })),
      state: { $ne: 'accepted' },
    })
    .project<Pick<StoredEvent, '_id' | 'profileId' | 'name' | 'occurredAt' | 'properties'>>({
      profileId: 1,
      name: 1,
      occurredAt: 1,
      properties: 1,
    });
  for await (const { _id: id, profileId, name, occurredAt, properties } of rows) {
    const byName = found.get(profileId) ?? new Map<string, PastEvent[]>();
    found.set(profileId, byName);
    const list = byName.get(name) ?? [];
    byName.set(name, list);
    list.push({ id, occurredAt, properties });
    // The latest decide; half is dropped at a time, so that dropping stays cheap.
    if (list.length > 2 * PAST_EVENTS_MAX) byName.set(name, latest(list));
  }
  return found;
}

function latest(list: readonly PastEvent[]): PastEvent[] {
  return [...list].sort((a, b) => a.occurredAt - b.occurredAt).slice(-PAST_EVENTS_MAX);
}
