import type { ReceiptChange, Refusal } from '#domain/apply/plan.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import { longestMs } from '#domain/time/duration.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';
import { applyReceipt } from './apply-receipt.ts';
import { readGateSettings } from './gate-settings-store.ts';
import { hashAddress } from './is-suppressed.ts';
import { refuseAtAddress, suppressAddress } from './suppress-address.ts';

/** Receipts as the event path applies them: in the transaction that applies their event. */
export interface ReceiptStore {
  apply(receipt: ReceiptChange, session: Session): Promise<void>;
  refuseAddress(refusal: Refusal, session: Session): Promise<void>;
}

export function createReceiptStore(c: Collections): ReceiptStore {
  return {
    async apply({ messageId, status, at, suppress }, session) {
      await applyReceipt(c, session, { messageId, status, at });
      if (suppress === null) {
        // It came back, or a text failed, and nothing is said against the address: that does not count.
        if (status === 'failed' || status === 'bounced') {
          const ended = { _id: messageId, status, reason: null };
          await c.messages.updateOne(ended, { $set: { noBounce: true } }, { session });
        }
        return;
      }
      const message = await c.messages.findOne({ _id: messageId }, { session });
      if (message?.addressHash == null) return;
      const { channel, addressHash } = message;
      const address = { channel, addressHash, at };
      if (suppress !== 'softBounce') {
        await suppressAddress(c, { ...address, reason: suppress }, session);
      } else if (
        message.noBounce !== true &&
        (await bouncesTooOften(c, { message, at }, session))
      ) {
        // A mailbox that is full comes back: a receipt of a purchase is tried all the same.
        const softly = { reason: 'softBounces', scope: 'marketing' } as const;
        await suppressAddress(c, { ...address, ...softly }, session);
      }
    },
    async refuseAddress({ channel, messageId, address, at }, session) {
      const message =
        messageId === null ? null : await c.messages.findOne({ _id: messageId }, { session });
      const now = address === null ? null : hashAddress(channel, address);
      // Where the message went, whatever address the customer has had since.
      const isIts = message?.channel === channel && message.addressHash !== null;
      const addressHash = isIts ? message.addressHash : now;
      if (addressHash === null) return;
      await refuseAtAddress(c, { channel, addressHash, at }, session);
    },
  };
}

/** Whether so many messages came back from an address, whosever it is, as the shop has set. */
async function bouncesTooOften(
  { messages, gateSettings }: Pick<Collections, 'messages' | 'gateSettings'>,
  { message, at }: { message: StoredMessage; at: number },
  session: Session,
): Promise<boolean> {
  const { settings } = await readGateSettings({ gateSettings }, session);
  const { max, within } = settings.softBounces;
  const { addressHash } = message;
  const bounced = await messages.countDocuments(
    {
      addressHash,
      // A mail bounces, a text message or Viber's fails; with a reason it was refused, and never sent.
      ...{ status: { $in: ['bounced', 'failed'] }, reason: null },
      noBounce: { $ne: true },
      createdAt: { $gte: at - longestMs(within) },
    },
    { limit: max, session },
  );
  return bounced >= max;
}
