import type { Consent } from '#domain/profile/profile.ts';
import type { Keyword } from './keywords.ts';
import { isLeft, type Suppressed } from './suppression.ts';

/** What was known of a number and its customer when a word came in. */
interface KeywordFacts {
  /** What stood against the number, and what does now. */
  before: Suppressed | null;
  after: Suppressed | null;
  /** What the customer had said of text messages: null: nothing; undefined: nobody has the number. */
  consent: Consent | null | undefined;
}

/**
 * Whether a word says anything new: of the number, or of what its customer has said elsewhere. Who
 * wrote STOP, agreed again at the checkout and writes STOP once more takes that back, though the
 * number was left all the while; and START is a consent from whoever never wrote STOP, too.
 */
export function isKeywordNews(keyword: Keyword, { before, after, consent }: KeywordFacts): boolean {
  if (keyword === 'help') return false;
  if (isLeft(after) !== isLeft(before)) return true;
  if (consent === undefined) return false;
  return keyword === 'start' ? consent?.granted !== true : isAgreedSince(consent, before);
}

/** What waits to be confirmed is taken back just as well; what was said before the last STOP was. */
function isAgreedSince(consent: Consent | null, before: Suppressed | null): boolean {
  if (consent === null || !(consent.granted || consent.pending === true)) return false;
  return before === null || consent.at > (before.refusedAt ?? before.at);
}
