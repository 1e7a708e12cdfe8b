import type { IllProvider } from '#domain/message/after-refusal.ts';
import type { MessageReason, MessageStatus, StoredMessage } from '#domain/message/message.ts';
import type { Clock } from '#platform/clock.ts';
import { readById } from '#platform/coalesce-reads.ts';
import { coalesceInserts, coalesceUpdates } from '#platform/coalesce-writes.ts';
import type { Collections } from '#platform/mongo.ts';
import {
  claimAgain,
  claimedEntry,
  entered,
  keepBack,
  keptBackEntry,
  type Claim,
  type KeptBack,
  type MessageIdentity,
} from './ledger-entry.ts';
import { createReserveSlot, type SlotAnswer, type SlotAsk } from './slot-store.ts';

/** How a provider call ended. */
export interface CallEnd {
  messageId: string;
  /** Which call: the number that claiming it made. */
  attempt: number;
  status: Extract<MessageStatus, 'sent' | 'failed' | 'suppressed' | 'deferred'>;
  reason: MessageReason | null;
  providerId: string | null;
  /** With `deferred`: who of its channel has refused it so far; absent: that stays as it was. */
  refusedBy?: IllProvider[];
  at: number;
}

export interface Ledger {
  find(messageId: string): Promise<StoredMessage | null>;
  /**
   * Reserves one provider call: true for exactly one of all who try with the same `seen`. The
   * entry is durable before the answer, and only then may the provider be called.
   */
  claim(claim: Claim): Promise<boolean>;
  /** The same where the customer's other messages count: with the slot it takes, or not at all. */
  reserve(ask: SlotAsk): Promise<SlotAnswer>;
  /** Whether the claim still stands: the message was not withdrawn since. */
  isStillOurs(messageId: string, attempt: number): Promise<boolean>;
  /**
   * Writes how the call ended; a receipt that was faster, or a later call, is left as it is. Answers
   * what was written, and null where nothing was.
   */
  endCall(end: CallEnd): Promise<CallEnd['status'] | null>;
  /** The call is over and broke off: whether it went out is to be found out (or `settleUnknown`). */
  markUnsure(messageId: string, attempt: number, at: number): Promise<void>;
  /**
   * A call whose end is unknown is taken for one that came to nothing: from now on nobody but its
   * own provider is called, whatever that one says later.
   */
  bind(messageId: string, attempt: number, provider: string): Promise<void>;
  /**
   * Nobody will ever be able to tell whether this call went out. False where that was known by
   * then, or the message was settled before.
   */
  settleUnknown(messageId: string, attempt: number, at: number): Promise<boolean>;
  /**
   * Notes that a message is not sent, or held, and why; false if a call of it was claimed
   * meanwhile.
   */
  keepBack(
    message: MessageIdentity,
    seen: number | null,
    why: KeptBack,
    at: number,
  ): Promise<boolean>;
  /** Of these providers' ids, those that belong to other messages than this one. */
  knownIds(messageId: string, ids: string[]): Promise<string[]>;
}

/**
 * The messages' ledger on Mongo. Every change is one compare-and-set on (status, attempts), so
 * that of two executions of one send only one ever calls, and none after a withdrawal.
 */
export function createLedger(c: Pick<Collections, 'messages' | 'slots'>, clock: Clock): Ledger {
  const { messages } = c;
  const readClaim: (
    messageId: string,
  ) => Promise<Pick<StoredMessage, 'attempts' | 'status'> | null> = readById(messages, {
    projection: { attempts: 1, status: 1 },
  });
  const insert = coalesceInserts(messages);
  const update = coalesceUpdates(messages);
  return {
    find: (messageId) => messages.findOne({ _id: messageId }),
    async claim(claim) {
      if (claim.seen === null) return insert(claimedEntry(claim));
      const { filter, update: again } = claimAgain(claim);
      return (await messages.updateOne(filter, again)).matchedCount === 1;
    },
    reserve: createReserveSlot(c, clock),
    async isStillOurs(messageId, attempt) {
      const message = await readClaim(messageId);
      return message?.attempts === attempt && message.status === 'sending';
    },
    endCall: (end) => endCall(messages, update, end),
    async markUnsure(messageId, attempt, at) {
      await messages.updateOne(
        { _id: messageId, attempts: attempt, status: 'sending' },
        { $set: { reason: 'endUnknown', updatedAt: at } },
      );
    },
    async bind(messageId, attempt, provider) {
      await messages.updateOne(
        { _id: messageId, attempts: attempt, status: 'sending' },
        { $set: { boundTo: provider } },
      );
    },
    async settleUnknown(messageId, attempt, at) {
      const { matchedCount } = await messages.updateOne(
        { _id: messageId, attempts: attempt, status: 'sending' },
        {
          $set: entered('unknown', 'endUnknown', at),
          $push: { history: { status: 'unknown', at, reason: 'endUnknown' } },
        },
      );
      return matchedCount === 1;
    },
    async keepBack(message, seen, why, at) {
      if (seen === null) return insert(keptBackEntry(message, why, at));
      const { filter, update: change } = keepBack(message, seen, why, at);
      return (await messages.updateOne(filter, change)).matchedCount === 1;
    },
    async knownIds(messageId, ids) {
      const others = await messages
        .find({ providerId: { $in: ids }, _id: { $ne: messageId } })
        .project<Pick<StoredMessage, 'providerId'>>({ _id: 0, providerId: 1 })
        .toArray();
      return others.flatMap(({ providerId }) => providerId ?? []);
    },
  };
}

/** From where the end of a call moves a message; a faster receipt has moved it beyond. */
const OPEN: Record<CallEnd['status'], MessageStatus[]> = {
  sent: ['sending', 'unknown'],
  failed: ['sending', 'unknown'],
  suppressed: ['sending', 'unknown'],
  deferred: ['sending'],
};

async function endCall(
  messages: Collections['messages'],
  update: ReturnType<typeof coalesceUpdates<StoredMessage>>,
  end: CallEnd,
): Promise<CallEnd['status'] | null> {
  const { messageId, attempt, status, reason, providerId, refusedBy, at } = end;
  const history = { status, at, ...(reason === null ? {} : { reason }) };
  const written = await update({
    // `unknown`: it was withdrawn while its call was under way; now its end is known after all.
    filter: { _id: messageId, attempts: attempt, status: { $in: OPEN[status] } },
    update: {
      $set: {
        ...{ ...entered(status, reason, at), providerId },
        ...(refusedBy !== undefined && { refusedBy }),
      },
      $push: { history },
    },
  });
  // What follows changes nothing of an end that was written after all.
  if (written) return status;
  // Withdrawn meanwhile: what was to be tried again never will be.
  if (status === 'deferred') return endCall(messages, update, { ...end, status: 'failed' });
  if (providerId !== null) {
    await messages.updateOne({ _id: messageId, attempts: attempt }, { $set: { providerId } });
  }
  return null;
}
