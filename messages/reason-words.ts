import type { MessageReason } from '#domain/message/message.ts';

/** What each reason means, for support and for the customer they talk to. */
const WORDS: Record<MessageReason, string> = {
  erased: 'the customer was erased',
  suppressed: 'the address is on the suppression list (see suppressions)',
  noConsent: 'the customer has not consented to this channel, or has withdrawn',
  preference: 'the customer does not wish for it (see details, and their preferences)',
  holdout: 'the customer is in a holdout: one of those who are deliberately not reached',
  alreadyBought: 'the customer has bought what it is for',
  seenEnough: 'the customer has got it often enough',
  quietHours: "these are quiet hours by the customer's own clock",
  minDistance: 'the message before it was too short a time ago',
  priority: 'a message of higher priority is waited for that needs the same slot',
  cap: 'the customer has got as many messages as a cap allows (see details)',
  warmUp: 'its provider is new, and the mails of its warm-up plan for this day are used up',
  throttled:
    "as many mails as its rate allows went to the address's mailbox provider (see details)",
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
  delayed: 'the call was not begun in time after it was decided, and is decided again',
  misconfigured: "the provider's account or settings are wrong",
  endUnknown: 'the call ended without an answer, and the provider cannot tell what became of it',
};

const ABORTED = 'aborted: ';

export function reasonWords(reason: MessageReason): string {
  const own = reason.startsWith(ABORTED) ? reason.slice(ABORTED.length) : null;
  return own === null ? (WORDS[reason] ?? reason) : `the template says not to send it: ${own}`;
}
