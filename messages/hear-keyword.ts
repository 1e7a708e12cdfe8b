import type { Keyword } from '#domain/message/keywords.ts';
import { isKeywordNews } from '#domain/message/keyword-news.ts';
import { withRefusal, withReturn, type Suppressed } from '#domain/message/suppression.ts';
import type { Consent } from '#domain/profile/profile.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { Mongo } from '#platform/mongo.ts';
import { Fenced, inTransaction, type Session } from '#platform/transaction.ts';
import { hashAddress } from './is-suppressed.ts';
import { suppressionId } from './suppress-address.ts';

/** Longer than any provider repeats a text that was not answered. */
const KEPT_MS = 90 * DAY_MS;
/** How often one that met another on the same number is tried again. */
const TRIES_MAX = 5;

/** A word that came in by text message. */
interface Heard {
  /** Made from the provider's own id. */
  id: string;
  /** E.164. */
  from: string;
  keyword: Keyword;
  /** Epoch ms. */
  at: number;
  /** What the customer had said of text messages; undefined: nobody has the number. */
  consent: Consent | null | undefined;
}

/** What came of a word. */
export interface WordHeard {
  /** It said something new, of the number or of its customer: the same for every repeat. */
  isNews: boolean;
  /** Something that its owner did not say keeps messages from the number. */
  isBlocked: boolean;
}

type Stores = Pick<Mongo, 'client' | 'collections'>;

/**
 * What a word says of its number counts from here on: STOP keeps all marketing from it, START ends
 * what its owner said before.
 */
export async function hearKeyword(mongo: Stores, heard: Heard): Promise<WordHeard> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await inTransaction(mongo.client, (session) => hearOnce(mongo, heard, session));
    } catch (error) {
      // The other one was a repeat of this, or another word of the same number.
      if (!(error instanceof Fenced) || tried >= TRIES_MAX) throw error;
    }
  }
}

async function hearOnce(
  { collections }: Stores,
  { id, from, keyword, at, consent }: Heard,
  session: Session,
): Promise<WordHeard> {
  const { texts, suppressions } = collections;
  const channel = 'sms';
  const _id = suppressionId(channel, hashAddress(channel, from));
  const before = await suppressions.findOne({ _id }, { session });
  const known = await texts.findOne({ _id: id }, { session });
  if (known !== null) return { isNews: known.changed, isBlocked: isBlocked(before) };
  const after = standingAfter(keyword, before, at);
  const changed = isKeywordNews(keyword, { before, after, consent });
  const expiresAt = new Date(at + KEPT_MS);
  await texts.insertOne({ _id: id, keyword, changed, at, expiresAt }, { session });
  if (after === null) await suppressions.deleteOne({ _id }, { session });
  else if (after !== before) {
    await suppressions.replaceOne({ _id }, { ...after, channel }, { upsert: true, session });
  }
  return { isNews: changed, isBlocked: isBlocked(after) };
}

function isBlocked(standing: Suppressed | null): boolean {
  return standing !== null && standing.refusalOnly !== true;
}

function standingAfter(keyword: Keyword, before: Suppressed | null, at: number): Suppressed | null {
  if (keyword === 'stop') return withRefusal(before, at, 'stopped');
  return keyword === 'start' ? withReturn(before, at) : before;
}
