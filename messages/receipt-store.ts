import type { ReceiptChange } from '#domain/apply/plan.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';
import { applyReceipt } from './apply-receipt.ts';
import { suppressAddress } from './suppress-address.ts';

/** Receipts as the event path applies them: in the transaction that applies their event. */
export interface ReceiptStore {
  apply(receipt: ReceiptChange, session: Session): Promise<void>;
}

export function createReceiptStore(c: Collections): ReceiptStore {
  return {
    async apply({ messageId, status, at, suppress }, session) {
      await applyReceipt(c, session, { messageId, status, at });
      if (suppress === null) return;
      const message = await c.messages.findOne({ _id: messageId }, { session });
      if (message?.addressHash == null) return;
      const { channel, addressHash } = message;
      await suppressAddress(c, { channel, addressHash, reason: suppress, at }, session);
    },
  };
}
