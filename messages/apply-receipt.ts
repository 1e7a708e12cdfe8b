import type { MessageReason, MessageStatus, StoredMessage } from '#domain/message/message.ts';
import { movedBy } from '#domain/message/status.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

export interface AppliedReceipt {
  messageId: string;
  /** What the receipt says became of the message. */
  status: MessageStatus;
  /** Epoch ms by the provider's clock. */
  at: number;
  reason?: MessageReason;
}

/**
 * Moves a message's status forwards by one receipt, as part of the transaction that applies the
 * receipt's event. Answers the message as it is then; null if the receipt changed nothing (a
 * repeat, a late one, no such message).
 */
export async function applyReceipt(
  { messages }: Pick<Collections, 'messages'>,
  session: Session | undefined,
  receipt: AppliedReceipt,
): Promise<StoredMessage | null> {
  const { messageId, status, at, reason } = receipt;
  return messages.findOneAndUpdate(
    { _id: messageId, status: { $in: movedBy(status) } },
    // Providers stamp whole seconds: what is told later is never dated earlier.
    [
      {
        $set: {
          status,
          reason: reason ?? null,
          updatedAt: { $max: [at, '$updatedAt'] },
          history: {
            $concatArrays: [
              '$history',
              [
                {
                  status,
                  at: { $max: [at, '$updatedAt'] },
                  ...(reason === undefined ? {} : { reason }),
                },
              ],
            ],
          },
        },
      },
    ],
    { returnDocument: 'after', ...(session === undefined ? {} : { session }) },
  );
}
