import type { StoredEvent } from '#domain/event/event.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';
import type { EventRetention } from '#platform/retention.ts';

/** The one write that makes events accepted, and what it needs to know of messages. */
export interface AcceptStore {
  /**
   * Resolves once a majority has the events in its journal. An event whose id is known already is
   * kept as it was. @throws DomainError `unavailable`.
   */
  insert(events: readonly StoredEvent[]): Promise<void>;
  /** Message id -> who it went to and how, for those that exist. */
  messages(ids: readonly string[]): Promise<Map<string, { profileId: string; channel: string }>>;
}

export function createAcceptStore(
  c: Pick<Collections, 'events' | 'messages'>,
  retention: Pick<EventRetention, 'expiryOf'>,
): AcceptStore {
  const expiring = (event: StoredEvent): StoredEvent => {
    const expiresAt = retention.expiryOf(event);
    return expiresAt === null ? event : { ...event, expiresAt };
  };

  return {
    insert: (events) =>
      durably(async () => {
        if (events.length === 0) return;
        try {
          await c.events.insertMany(events.map(expiring), { ordered: false });
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
        }
      }),
    messages: (ids) =>
      durably(async () => {
        if (ids.length === 0) return new Map();
        const rows = await c.messages
          .find({ _id: { $in: [...ids] } }, { readConcern: { level: 'local' } })
          .project<{ _id: string; profileId: string; channel: string }>({
            profileId: 1,
            channel: 1,
          })
          .toArray();
        return new Map(rows.map(({ _id, profileId, channel }) => [_id, { profileId, channel }]));
      }),
  };
}
