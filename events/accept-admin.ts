import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Stamp } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';

/** Something a person with an API key says about a customer. */
export interface AdminEvent {
  profileId: string;
  name: string;
  properties: JsonObject;
  consents?: NonNullable<StoredEvent['consents']>;
  /** The identity, or profile id, by which the caller named the customer. */
  by?: string;
  /** Profiles to be merged into this one. */
  merges?: string[];
  /** The merge to be undone. */
  undoes?: string;
  /** Epoch ms when it happened; by default now. */
  at?: number;
  /** Makes a repeat the same event; by default every call is a new one. */
  id?: string;
}

/**
 * The way in of what the admin API records, e.g. a consent: an event like any other.
 * Resolves with its id after the durable write. @throws DomainError `unavailable`.
 */
export function createAcceptAdminEvent(deps: {
  store: AcceptStore;
  stamp: Stamp;
  newId: () => string;
}) {
  return async function acceptAdminEvent(said: AdminEvent): Promise<{ id: string }> {
    const { receivedAt, place } = deps.stamp(1);
    const id = said.id ?? deps.newId();
    await deps.store.insert([
      {
        _id: id,
        profileId: said.profileId,
        partition: partitionOf(said.profileId),
        kind: 'track',
        name: said.name,
        occurredAt: Math.min(said.at ?? receivedAt, receivedAt),
        receivedAt,
        place,
        source: 'admin',
        properties: said.properties,
        ...(said.consents === undefined ? {} : { consents: said.consents }),
        ...(said.by === undefined ? {} : { by: [said.by] }),
        ...(said.merges === undefined ? {} : { merges: said.merges }),
        ...(said.undoes === undefined ? {} : { undoes: said.undoes }),
        state: 'accepted',
        pending: true,
      },
    ]);
    return { id };
  };
}

export type AcceptAdminEvent = ReturnType<typeof createAcceptAdminEvent>;
