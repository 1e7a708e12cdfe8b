import type { Collection, Db } from 'mongodb';
import type { JsonObject } from '#domain/json.ts';
import type { Progress, SendEnd } from '#domain/sending/send-turn.ts';
import type { WantedChannels } from '#domain/sending/wanted-channels.ts';

/**
 * One message or cascade to one person that was asked for by itself, as it was asked for and how
 * far it is. Instants in epoch ms.
 */
export interface StoredSend extends WantedChannels, Progress {
  /** Made from the `Idempotency-Key` where there is one: a repeat is the same send. */
  _id: string;
  profileId: string;
  template: string;
  /**
   * What the template shows as `entry.properties`; gone with the end, for nobody needs it any more
   * and it may be the link that resets a password.
   */
  data?: JsonObject;
  /** Mark of what was asked for, made with a secret: one key is for one request. */
  request: string;
  createdAt: number;
  /** Its next turn; absent once it has ended. */
  dueAt?: number;
  /** Grows with each write: a late writer is told by it. */
  rev: number;
  end?: SendEnd;
  endedAt?: number;
  /** When it may be deleted, long after it ended (TTL index); absent: kept. */
  expiresAt?: Date;
}

export function sendsOf(db: Db): Collection<StoredSend> {
  return db.collection('sends');
}

/** Safe to repeat; each start of the API and the worker calls it. */
export async function ensureSendIndexes(db: Db): Promise<void> {
  const sends = sendsOf(db);
  await Promise.all([
    // Those that have not ended, by when it is their turn. Queries must say `$gt: 0` for the
    // planner to see that this index serves them.
    sends.createIndex(
      { dueAt: 1, _id: 1 },
      { partialFilterExpression: { dueAt: { $gt: 0 } }, name: 'due' },
      {},
    ),
    sends.createIndex({ profileId: 1 }),
    sends.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, sparse: true }, {}),
  ]);
}
