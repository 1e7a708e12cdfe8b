import type { AfterTurn } from '#campaigns/recipient-store.ts';
import { wasAccepted } from '#domain/message/status.ts';
import type { LedgerWord } from '#messages/campaign-messages.ts';

export type Ended = Extract<AfterTurn, { end: unknown }>;

/** A campaign's own doing: without it the message would have gone out, perhaps. */
const OUR_REASONS = new Set<string | null>(['runEnded', 'patienceOver']);

/**
 * How somebody ended by what the ledger says of their messages, where nobody will try any more;
 * null: nothing was sent, and nothing spoke against it.
 */
export function endInLedger(words: readonly LedgerWord[]): Ended | null {
  // `unknown` may have gone out, and whoever may have got it counts among those who did.
  if (words.some(({ status }) => wasAccepted(status) || status === 'unknown')) {
    return { end: 'sent', reason: null };
  }
  const failed = words.find(({ status }) => status === 'failed');
  if (failed !== undefined) return { end: 'failed', reason: failed.reason ?? 'rejected' };
  const refused = words.find(
    ({ status, reason }) => status === 'suppressed' && !OUR_REASONS.has(reason),
  );
  return refused === undefined ? null : { end: 'suppressed', reason: refused.reason };
}
