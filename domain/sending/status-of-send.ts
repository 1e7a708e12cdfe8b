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
  const ended = messages.flatMap(asEnded);
  const [first, ...others] = ended.filter((one) => wasAccepted(one) && one !== 'bounced');
  if (first !== undefined) return others.reduce(further, first);
  // Receipts may take back what was taken: then it failed after all.
  const left = (['bounced', 'unknown', 'failed'] as const).find((one) => ended.includes(one));
  return left ?? 'sent';
}

/**
 * A message after the end of its send: one that was put off was given up, and of a call that was
 * claimed and has no end nobody may ever know what became of it.
 */
function asEnded(status: MessageStatus): Exclude<MessageStatus, 'deferred' | 'sending'>[] {
  if (status === 'deferred') return [];
  return [status === 'sending' ? 'unknown' : status];
}

function further<T extends MessageStatus>(one: T, other: T): T {
  return nextStatus(one, other) === null ? one : other;
}
