import type { Request, Response } from 'express';
import { pageWords, type PageLanguage } from '#domain/consent/page-language.ts';
import type { PageWords } from '#domain/consent/page-words.ts';
import { addressOf } from '#domain/message/address.ts';
import { CHANNELS } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import type { AppDeps, UnsubscribeLink } from '../deps.ts';
import { escapeHtml, languageFor, sendPage } from './page.ts';

/** Processes' clocks differ by less, in ms. */
const SKEW_MS = 5_000;

/** What came of a link: whose it is, and what its reader reads. */
export interface LinkReader {
  link: UnsubscribeLink;
  profile: Profile;
  language: PageLanguage;
}

/** Null: it was answered that the link leads nowhere. */
export async function readLinkReader(
  deps: Pick<AppDeps, 'readLink' | 'findProfile'>,
  req: Request<{ token: string }>,
  res: Response,
  titleOf: (words: PageWords) => string,
): Promise<LinkReader | null> {
  const link = deps.readLink(req.params.token);
  const profile = link === null ? null : await deps.findProfile(link.profileId);
  if (link !== null && profile !== null && profile.erasedAt === null) {
    const known = [profile.language, profile.browserLanguage];
    return { link, profile, language: languageFor(req, known) };
  }
  const language = languageFor(req);
  const words = pageWords(language);
  const body = `<p role="status">${escapeHtml(words.unknown)}</p>`;
  sendPage(res, { language, title: titleOf(words), body, status: 404 });
  return null;
}

/**
 * Whether following this link shows that its reader reads what comes to the address that the customer
 * has now: the message went there, and, with `since` (epoch ms), not before. Whoever reads the
 * mailbox of before speaks for no other one.
 */
export async function provesAddress(
  { mongo }: Pick<AppDeps, 'mongo'>,
  { link, profile }: Pick<LinkReader, 'link' | 'profile'>,
  since = -Infinity,
): Promise<boolean> {
  const { messageId } = link;
  const channel = CHANNELS.find((one) => one === link.channel);
  if (channel === undefined) return false;
  const address = addressOf(profile, channel);
  const message = await mongo.collections.messages.findOne(
    { _id: messageId },
    { projection: { addressHash: 1, createdAt: 1, calledAt: 1 } },
  );
  if (address === null || message === null) return false;
  const sentAt = message.calledAt ?? message.createdAt;
  return message.addressHash === hashAddress(channel, address) && sentAt + SKEW_MS >= since;
}
