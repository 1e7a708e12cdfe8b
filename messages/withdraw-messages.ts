import type { Document, Filter } from 'mongodb';
import type { MessageReason, StoredMessage } from '#domain/message/message.ts';
import { coalesceReads } from '#platform/coalesce-reads.ts';
import type { Collections } from '#platform/mongo.ts';

/** Which messages: some by their ids, or all of a run. */
export type Withdrawal = { messageIds: string[] } | { runId: string };

/** A message that was withdrawn, as it stands now. */
export type Withdrawn = Pick<StoredMessage, '_id' | 'channel' | 'provider' | 'status'>;

/** A read costs a fraction of a journaled update, and nearly every run ends with nothing open. */
const MAY_GO_OUT: Filter<StoredMessage> = { status: { $in: ['deferred', 'sending'] } };

/** Also what is written and not yet on a majority: a claim being made counts. */
const LATEST = { projection: { runId: 1 }, readConcern: { level: 'local' } } as const;

/** Withdraws messages; answers those that this execution withdrew. */
export type WithdrawMessages = (
  withdrawal: Withdrawal,
  reason: Extract<MessageReason, 'patienceOver' | 'runEnded'>,
  at: number,
) => Promise<Withdrawn[]>;

/**
 * Makes sure that messages never go out any more. One that no provider was called for is
 * suppressed with the reason. One whose call is under way or broke off can no longer be held: it is
 * `unknown` until the call or a receipt tells, and never called again. Each is withdrawn once,
 * however many withdraw at a time.
 */
export function createWithdrawMessages({
  messages,
}: Pick<Collections, 'messages'>): WithdrawMessages {
  const openOf = async (which: Filter<StoredMessage>): Promise<Open[]> =>
    messages.find({ ...which, ...MAY_GO_OUT }, LATEST).toArray();
  const openOfRun = coalesceReads(async (runIds) =>
    byRun(await openOf({ runId: { $in: [...runIds] } })),
  );
  return async (withdrawal, reason, at) => {
    const open =
      'runId' in withdrawal
        ? ((await openOfRun(withdrawal.runId)) ?? [])
        : await openOf({ _id: { $in: withdrawal.messageIds } });
    const withdrawn: Withdrawn[] = [];
    for (const { _id } of open) {
      const message = await messages.findOneAndUpdate({ _id, ...MAY_GO_OUT }, [end(reason, at)], {
        projection: { channel: 1, provider: 1, status: 1 },
        returnDocument: 'after',
      });
      if (message !== null) withdrawn.push(message);
    }
    return withdrawn;
  };
}

type Open = Pick<StoredMessage, '_id' | 'runId'>;

function byRun(open: readonly Open[]): Map<string, Open[]> {
  const lists = new Map<string, Open[]>();
  for (const message of open) {
    lists.set(message.runId, [...(lists.get(message.runId) ?? []), message]);
  }
  return lists;
}

/** Decided by the message as it is when it is written: it may move on while it is looked at. */
function end(reason: MessageReason, at: number): Document {
  const wasCalled = { $and: [{ $eq: ['$status', 'sending'] }, { $gt: ['$attempts', 0] }] };
  const entry = (status: string, why: MessageReason): Document => ({ status, at, reason: why });
  const [unknown, suppressed] = [entry('unknown', 'endUnknown'), entry('suppressed', reason)];
  const either = (one: unknown, other: unknown): Document => ({ $cond: [wasCalled, one, other] });
  return {
    $set: {
      status: either(unknown.status, suppressed.status),
      reason: either(unknown.reason, suppressed.reason),
      updatedAt: at,
      history: { $concatArrays: ['$history', [either(unknown, suppressed)]] },
    },
  };
}
