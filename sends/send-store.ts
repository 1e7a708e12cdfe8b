import type { Db, UpdateFilter } from 'mongodb';
import type { AfterTurn, SendEnd } from '#domain/sending/send-turn.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Mongo } from '#platform/mongo.ts';
import { sendsOf, type StoredSend } from './send-document.ts';

/** A document that stood in the way is gone when it is read: twice in a row, it never is. */
const ADD_TRIES_MAX = 3;

/** What starting the workflow of a send takes. */
export type SendToStart = Pick<StoredSend, '_id' | 'profileId' | 'dueAt'>;

/** Messages that were asked for by themselves. */
export interface SendStore {
  /** Durable when it resolves; answers the one that stands where there is one of this id. */
  add(send: StoredSend): Promise<{ send: StoredSend; isNew: boolean }>;
  find(id: string): Promise<StoredSend | null>;
  /**
   * Writes where a send stands after a turn (`at` in epoch ms). False where it has moved on since it
   * was read, or is gone: then nothing was written.
   */
  settle(
    send: Pick<StoredSend, '_id' | 'rev'>,
    after: AfterTurn<SendEnd>,
    at: number,
  ): Promise<boolean>;
  /** Some whose turn was due before an instant (epoch ms), in its order, after one of them. */
  overdue(before: number, after: SendToStart | null, limit: number): Promise<SendToStart[]>;
}

/** `keptMs`: how long a send is kept after its end; null: for good. */
export function createSendStore({ db }: Pick<Mongo, 'db'>, keptMs: number | null): SendStore {
  const sends = sendsOf(db);
  const find = (id: string): Promise<StoredSend | null> =>
    durably(() => sends.findOne({ _id: id }));
  return {
    find,
    add: (send) =>
      durably(async () => {
        for (let tries = 1; ; tries += 1) {
          try {
            await sends.insertOne(send);
            return { send, isNew: true };
          } catch (error) {
            if (!isDuplicateKey(error)) throw error;
            const standing = await sends.findOne({ _id: send._id });
            if (standing !== null) return { send: standing, isNew: false };
            // Erased, or expired, in this very moment: nothing stands in the way any more.
            if (tries >= ADD_TRIES_MAX) throw error;
          }
        }
      }),
    async settle({ _id, rev }, after, at) {
      const { matchedCount } = await sends.updateOne({ _id, rev }, changeOf(after, at, keptMs));
      return matchedCount === 1;
    },
    overdue: (before, after, limit) =>
      sends
        .find({
          dueAt: { $gt: 0, $gte: after?.dueAt ?? 0, $lt: before },
          ...(after !== null && {
            $or: [
              { dueAt: { $gt: after.dueAt ?? 0 } },
              { dueAt: after.dueAt ?? 0, _id: { $gt: after._id } },
            ],
          }),
        })
        .project<SendToStart>({ profileId: 1, dueAt: 1 })
        .sort({ dueAt: 1, _id: 1 })
        .limit(limit)
        .toArray(),
  };
}

/** Whether a send has ended, or was erased with its person: as of now. */
export function createIsSendOver(db: Db): (id: string) => Promise<boolean> {
  const sends = sendsOf(db);
  return async (id) => {
    const send = await sends.findOne({ _id: id }, { projection: { dueAt: 1 } });
    return send?.dueAt === undefined;
  };
}

function changeOf(
  after: AfterTurn<SendEnd>,
  at: number,
  keptMs: number | null,
): UpdateFilter<StoredSend> {
  if (!('end' in after)) {
    return { $set: { dueAt: after.dueAt, ...after.progress }, $inc: { rev: 1 } };
  }
  const { end, reason } = after;
  return {
    $set: {
      ...{ end, endedAt: at },
      ...(reason !== null && { reason }),
      ...(keptMs !== null && { expiresAt: new Date(at + keptMs) }),
    },
    $unset: {
      ...{ dueAt: '', sending: '', tried: '', data: '' },
      // Why a channel came to nothing says nothing of one that reached.
      ...(reason === null && ({ reason: '' } as const)),
    },
    $inc: { rev: 1 },
  };
}
