import type { StoredEvent } from '#domain/event/event.ts';
import { identityId, partitionOf } from '#domain/profile/identity.ts';
import { MEMBER_ADDED, MEMBER_REMOVED } from '#domain/segment/segment.ts';
import { rowHash } from '#platform/hash.ts';
import type { Stamp } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';

/** A customer who comes into a list or goes out of it. */
interface Person {
  profileId: string;
  /** By which the list names them, where it does: whose it is if a merge is undone later. */
  email?: string;
}

/** What an import says of a list. */
interface ListChange {
  /** Key of a static segment. */
  segment: string;
  change: 'added' | 'removed';
  importId: string;
}

/**
 * The way in of an audience: customers come into a list, or go out of it, by events like those of
 * members named one by one: of now, and not of the past as what else imports bring. Ids follow from
 * the import, the customer and the e-mail, so that twice is once. `properties.import` says which
 * import it was. Resolves after the durable write. @throws DomainError `unavailable`
 */
export function createAcceptMembers({ store, stamp }: { store: AcceptStore; stamp: Stamp }) {
  return async function acceptMembers(
    people: readonly Person[],
    { segment, change, importId }: ListChange,
  ): Promise<void> {
    const { receivedAt, place } = stamp(people.length);
    const events = people.map(({ profileId, email }, at): StoredEvent => ({
      _id: `audience:${rowHash(JSON.stringify([importId, change, profileId, email ?? '']))}`,
      profileId,
      partition: partitionOf(profileId),
      kind: 'track',
      name: change === 'added' ? MEMBER_ADDED : MEMBER_REMOVED,
      occurredAt: receivedAt,
      receivedAt,
      place: place + at,
      source: 'admin',
      properties: { segment, import: importId },
      ...(email === undefined ? {} : { by: [identityId('email', email)] }),
      state: 'accepted',
      pending: true,
    }));
    await store.insert(events);
  };
}

export type AcceptMembers = ReturnType<typeof createAcceptMembers>;
