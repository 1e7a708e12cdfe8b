import type { PastEvent } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
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
  byIds(ids: readonly string[]): Promise<StoredEvent[]>;
  /** Applied events of these profiles and names, oldest first, by profile and name. */
  past(profileIds: readonly string[], names: readonly string[]): Promise<PastEvents>;
  /** Applied events of one profile received at or after an instant, in order. */
  receivedSince(profileId: string, names: readonly string[], since: number): Promise<StoredEvent[]>;
  /** Gives queued events to the profile that theirs was merged into. */
  rehome(from: string, to: { profileId: string; partition: number }): Promise<void>;
  /** Fails with Fenced unless each was still `accepted`. */
  markApplied(ids: readonly string[], session: Session): Promise<void>;
  markRouted(ids: readonly string[]): Promise<void>;
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
    byIds: (ids) =>
      events
        .find({ _id: { $in: [...ids] } })
        .sort({ receivedAt: 1, place: 1 })
        .toArray(),
    past: (profileIds, names) => readPast(events, profileIds, names),
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
    async markRouted(ids) {
      await events.updateMany(
        { _id: { $in: [...ids] } },
        { $set: { state: 'routed' }, $unset: { pending: '' } },
      );
    },
    async setAside(id, fault) {
      await events.updateOne(
        { _id: id },
        { $set: { state: 'routed', fault }, $unset: { pending: '' } },
      );
    },
  };
}

async function readPast(
  events: Collections['events'],
  profileIds: readonly string[],
  names: readonly string[],
): Promise<PastEvents> {
  const found: PastEvents = new Map();
  if (profileIds.length === 0 || names.length === 0) return found;
  const rows = events
    .find({
      profileId: { $in: [...profileIds] },
      name: { $in: [...names] },
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
    if (list.length < PAST_EVENTS_MAX) list.push({ id, occurredAt, properties });
  }
  return found;
}
