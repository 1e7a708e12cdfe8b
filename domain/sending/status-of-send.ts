import type { MessageStatus } from '#domain/message/message.ts';
import { nextStatus, wasAccepted } from '#domain/message/status.ts';
import type { SendEnd } from '#domain/sending/send-turn.ts';

/** What became of a send as a whole: on its way, or where it ended. */
export const SEND_STATUSES = [
  'pending',
  'sent',
  'delivered',
  'opened',
  'read',
  'clicked',
  'unsubscribed',
  'complained',
  'bounced',
  'unknown',
  'failed',
  'suppressed',
] as const satisfies readonly ('pending' | MessageStatus)[];
export type SendStatus = (typeof SEND_STATUSES)[number];

/** Before the end of a send these are of a message on its way; after it of one that was given up. */
type Open = Extract<MessageStatus, 'deferred' | 'sending'>;

/**
 * `pending` until the send has its end. What a provider took is as far as the furthest of its
 * messages has come by its receipts; one that came back speaks only where no other arrived.
 */
export function statusOfSend(
  end: SendEnd | undefined,
  messages: readonly MessageStatus[],
): SendStatus {
  if (end === undefined) return 'pending';
  if (end !== 'sent') return end;
  const ended = messages.filter(
    (status): status is Exclude<MessageStatus, Open> => !isOpen(status),
  );
  const [first, ...others] = ended.filter((one) => wasAccepted(one) && one !== 'bounced');
  if (first !== undefined) return others.reduce(further, first);
  // Receipts may take back what was taken: then it failed after all.
  const left = (['bounced', 'unknown', 'failed'] as const).find((one) => ended.includes(one));
  return left ?? 'sent';
}

function isOpen(status: MessageStatus): status is Open {
  return status === 'deferred' || status === 'sending';
}

function further<T extends MessageStatus>(one: T, other: T): T {
  return nextStatus(one, other) === null ? one : other;
}
