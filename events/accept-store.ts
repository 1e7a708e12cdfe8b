import { DomainError } from '#domain/errors.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Clock } from '#platform/clock.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';
import type { EventRetention } from '#platform/retention.ts';

/**
 * From an event's stamp to the begin of its write, ms. An export says a minute after an instant that
 * all events stamped before it are there: a request that stood still for longer than this (a frozen
 * process, an election of a primary on the way) is to be repeated, and gets a stamp of then. The
 * other half of the minute is for the write itself.
 */
const STAMP_VALID_MS = 30_000;
/** The store answers by now; what is repeated may go in at once. */
const RETRY_AFTER_S = 1;

/** The one write that makes events accepted, and what it needs to know of messages. */
export interface AcceptStore {
  /**
   * Resolves once a majority has the events in its journal. An event whose id is known already is
   * kept as it was. @throws DomainError `unavailable`, also where the events were stamped so long ago
   * that they would come in behind others that were read already.
   */
  insert(events: readonly StoredEvent[]): Promise<void>;
  /** Message id -> who it went to and how, for those that exist. */
  messages(ids: readonly string[]): Promise<Map<string, { profileId: string; channel: string }>>;
}

export function createAcceptStore(
  c: Pick<Collections, 'events' | 'messages'>,
  retention: Pick<EventRetention, 'expiryOf'>,
  clock: Clock,
): AcceptStore {
  const expiring = (event: StoredEvent): StoredEvent => {
    const expiresAt = retention.expiryOf(event);
    return expiresAt === null ? event : { ...event, expiresAt };
  };

  return {
    insert: (events) =>
      durably(async () => {
        if (events.length === 0) return;
        const stampedAt = events.reduce((at, { receivedAt }) => Math.min(at, receivedAt), Infinity);
        if (clock() - stampedAt > STAMP_VALID_MS) {
          const said = 'This took too long to be stored. Nothing was; please repeat.';
          throw new DomainError('unavailable', said, { retryAfterS: RETRY_AFTER_S });
        }
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
