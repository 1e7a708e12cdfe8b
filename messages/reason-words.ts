import type { MessageReason } from '#domain/message/message.ts';

/** What each reason means, for support and for the customer they talk to. */
const WORDS: Record<MessageReason, string> = {
  erased: 'the customer was erased',
  suppressed: 'the address is on the suppression list (see suppressions)',
  noConsent: 'the customer has not consented to this channel, or has withdrawn',
  noAddress: 'the profile has no address for this channel',
  missingValue: 'the template needs a value that is missing and has no default',
  noContent: 'the template has no content for this channel',
  templateError: 'the template could not be rendered',
  noVoucher: 'the pool of voucher codes was empty',
  runEnded: 'the run ended before it was sent',
  patienceOver: 'the time for this channel was over before it could be sent',
  rejected: 'the provider refused it',
  unreachable: 'the provider says that the address does not work',
  optedOut: 'the customer opted out at the provider',
  providerUnavailable: 'the provider could not be reached',
  rateLimited: 'the provider took no more messages at that time',
  misconfigured: "the provider's account or settings are wrong",
  endUnknown: 'the call ended without an answer, and the provider cannot tell what became of it',
};

const ABORTED = 'aborted: ';

export function reasonWords(reason: MessageReason): string {
  const own = reason.startsWith(ABORTED) ? reason.slice(ABORTED.length) : null;
  return own === null ? (WORDS[reason] ?? reason) : `the template says not to send it: ${own}`;
}
