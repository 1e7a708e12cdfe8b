import { wasAccepted } from '#domain/message/status.ts';
import type { Ended, SendEnd } from '#domain/sending/send-turn.ts';
import type { LedgerWord } from '#messages/ledger-words.ts';

/** Our own doing: without it the message would have gone out, perhaps. */
const OUR_REASONS = new Set<string | null>(['runEnded', 'patienceOver']);

/**
 * How a send ended by what the ledger says of its messages, where nobody will try any more; null:
 * nothing was sent, and nothing spoke against it.
 */
export function endInLedger(words: readonly LedgerWord[]): Ended<SendEnd> | null {
  if (words.some(mayHaveGone)) return { end: 'sent', reason: null };
  const failed = words.find(({ status }) => status === 'failed');
  if (failed !== undefined) return { end: 'failed', reason: failed.reason ?? 'rejected' };
  const refused = words.find(
    ({ status, reason }) => status === 'suppressed' && !OUR_REASONS.has(reason),
  );
  return refused === undefined ? null : { end: 'suppressed', reason: refused.reason };
}

/** Whoever may have got it counts among those who did: also where a claimed call has no end yet. */
function mayHaveGone({ status, attempts }: LedgerWord): boolean {
  return wasAccepted(status) || status === 'unknown' || (status === 'sending' && attempts > 0);
}
