import { MESSAGE_STATUSES, type MessageStatus } from '#domain/message/message.ts';

/**
 * How far a message has come: receipts only ever raise it, in whatever order they arrive.
 * - `unknown` lies before `sent`: a late receipt still tells the truth.
 * - `failed` (a provider's word that it did not arrive) yields to a proof that it did.
 * - `bounced` lies after `delivered`, since servers accept mail and return it later, and before
 *   `opened`, since nobody opens what did not arrive.
 * - What a person said last, `unsubscribed` and `complained`, stands above what they looked at.
 * Numbers are only compared; `suppressed` never went out, so no receipt moves it.
 */
const RANKS: Record<Exclude<MessageStatus, 'suppressed'>, number> = {
  deferred: 0,
  sending: 1,
  unknown: 2,
  sent: 3,
  failed: 4,
  delivered: 5,
  bounced: 6,
  opened: 7,
  read: 8,
  clicked: 9,
  unsubscribed: 10,
  complained: 11,
};

/** Statuses no receipt can give: they say what we ourselves did or do not know. */
const OURS: readonly MessageStatus[] = ['deferred', 'sending', 'unknown', 'suppressed'];

/** The status after a receipt; null when the receipt changes nothing. */
export function nextStatus(current: MessageStatus, receipt: MessageStatus): MessageStatus | null {
  if (current === 'suppressed' || receipt === 'suppressed' || OURS.includes(receipt)) return null;
  return RANKS[receipt] > RANKS[current] ? receipt : null;
}

/** Every status from which this receipt moves a message: what an update's filter asks for. */
export function movedBy(receipt: MessageStatus): MessageStatus[] {
  return MESSAGE_STATUSES.filter((current) => nextStatus(current, receipt) !== null);
}

/** Whether a provider took the message, as far as its status tells. */
export function wasAccepted(status: MessageStatus): boolean {
  return status !== 'suppressed' && status !== 'failed' && RANKS[status] >= RANKS.sent;
}
