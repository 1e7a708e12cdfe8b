import type { StoredEvent } from '#domain/event/event.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { MEMBER_ADDED, MEMBER_REMOVED } from '#domain/segment/segment.ts';
import { rowHash } from '#platform/hash.ts';
import type { Stamp } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';

/** What an import says of a list. */
interface ListChange {
  /** Key of a static segment. */
  segment: string;
  change: 'added' | 'removed';
  importId: string;
}

/**
 * The way in of an audience: customers come into a list, or go out of it, by events like those of
 * members named one by one. Ids follow from the import and the customer, so that twice is once.
 * Resolves with them after the durable write. @throws DomainError `unavailable`
 */
export function createAcceptMembers({ store, stamp }: { store: AcceptStore; stamp: Stamp }) {
  return async function acceptMembers(
    profileIds: readonly string[],
    { segment, change, importId }: ListChange,
  ): Promise<string[]> {
    const { receivedAt, place } = stamp(profileIds.length);
    const events = profileIds.map((profileId, at): StoredEvent => ({
      _id: `audience:${rowHash(JSON.stringify([importId, change, profileId]))}`,
      profileId,
      partition: partitionOf(profileId),
      kind: 'track',
      name: change === 'added' ? MEMBER_ADDED : MEMBER_REMOVED,
      occurredAt: receivedAt,
      receivedAt,
      place: place + at,
      source: 'admin',
      properties: { segment, import: importId },
      state: 'accepted',
      pending: true,
    }));
    await store.insert(events);
    return events.map(({ _id }) => _id);
  };
}

export type AcceptMembers = ReturnType<typeof createAcceptMembers>;
