import type { Filter } from 'mongodb';
import type { MessageReason, StoredMessage } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';

/** Which messages: some by their ids, or all of a run. */
export type Withdrawal = { messageIds: string[] } | { runId: string };

/** A read costs a fraction of two journaled updates, and nearly every run ends with nothing open. */
const MAY_GO_OUT: Filter<StoredMessage> = { status: { $in: ['deferred', 'sending'] } };

/** Also what is written and not yet on a majority: a claim being made counts. */
const LATEST = { projection: { _id: 1 }, readConcern: { level: 'local' } } as const;

/**
 * Makes sure that these messages never go out any more. One that no provider was called for is
 * suppressed with `reason`. One whose call is under way or broke off can no longer be held: it is
 * `unknown` until the call or a receipt tells, and never called again.
 */
export async function withdrawMessages(
  { messages }: Pick<Collections, 'messages'>,
  withdrawal: Withdrawal,
  reason: Extract<MessageReason, 'patienceOver' | 'runEnded'>,
  at: number,
): Promise<void> {
  const which: Filter<StoredMessage> =
    'runId' in withdrawal ? { runId: withdrawal.runId } : { _id: { $in: withdrawal.messageIds } };
  if ((await messages.findOne({ ...which, ...MAY_GO_OUT }, LATEST)) === null) return;
  await messages.updateMany(
    { ...which, $or: [{ status: 'deferred' }, { status: 'sending', attempts: 0 }] },
    {
      $set: { status: 'suppressed', reason, updatedAt: at },
      $push: { history: { status: 'suppressed', at, reason } },
    },
  );
  await messages.updateMany(
    { ...which, status: 'sending' },
    {
      $set: { status: 'unknown', reason: 'endUnknown', updatedAt: at },
      $push: { history: { status: 'unknown', at, reason: 'endUnknown' } },
    },
  );
}
