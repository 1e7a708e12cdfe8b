import express, { Router, type Request, type Response } from 'express';
import { pageWords } from '#domain/consent/page-language.ts';
import type { AppDeps, UnsubscribeLink } from '../deps.ts';
import { escapeHtml, languageFor, sendPage } from '../hosted/page.ts';
import { TEST_MARK, TRY_OUT_TOKEN } from '../hosted/try-out-link.ts';

/** A one-click body is `List-Unsubscribe=One-Click`; nothing larger is one. */
const BODY_BYTES_MAX = 4 * 1024;

/**
 * The link at the foot of a marketing message. Opening it only asks, since mail scanners open every
 * link; posting to it (the page's button, or a mail program's one click, RFC 8058) unsubscribes.
 */
export function createUnsubscribeRouter(deps: AppDeps): Router {
  const router = Router();
  const path = '/v1/unsubscribe/:token';
  router.get(path, async (req, res) => {
    res.locals.route = '/v1/unsubscribe/{token}';
    const link = deps.readLink(req.params.token);
    await answer(deps, { req, res, link }, isKnown(req, link) ? 'ask' : 'unknown');
  });
  router.post(path, express.raw({ type: () => true, limit: BODY_BYTES_MAX }), async (req, res) => {
    res.locals.route = '/v1/unsubscribe/{token}';
    const link = deps.readLink(req.params.token);
    if (link !== null) await unsubscribe(deps, link);
    await answer(deps, { req, res, link }, isKnown(req, link) ? 'done' : 'unknown');
  });
  return router;
}

/** Whoever tries a message out is answered as its reader would be; nobody is taken off. */
function isKnown({ params }: Request<{ token: string }>, link: UnsubscribeLink | null): boolean {
  return link !== null || params.token === TRY_OUT_TOKEN;
}

/** One event for a word: a second click changes nothing, one after a new consent does. */
async function unsubscribe(deps: AppDeps, link: UnsubscribeLink): Promise<void> {
  const { channel, messageId } = link;
  // Since the message was sent, the person may have been found to be the same as another.
  const profileId = (await deps.findProfileId(link.profileId)) ?? link.profileId;
  const profile = await deps.findProfile(profileId);
  await deps.acceptAdminEvent({
    profileId,
    name: 'Unsubscribed',
    properties: { channel, message_id: messageId },
    consents: { [channel]: { granted: false, source: 'unsubscribe link' } },
    id: `unsubscribed/${messageId}/${String(profile?.consents[channel]?.at ?? 0)}`,
  });
}

interface Exchange {
  req: Request<{ token: string }>;
  res: Response;
  link: UnsubscribeLink | null;
}

async function answer(
  deps: AppDeps,
  { req, res, link }: Exchange,
  state: 'ask' | 'done' | 'unknown',
): Promise<void> {
  const profile = link === null ? null : await deps.findProfile(link.profileId);
  const language = languageFor(req, [profile?.language, profile?.browserLanguage]);
  const { leave, unknown } = pageWords(language);
  const mark = state !== 'unknown' && link === null ? TEST_MARK : '';
  const said = mark + (state === 'unknown' ? unknown : leave[state]);
  const parts = [
    `<p${state === 'ask' ? '' : ' role="status"'}>${escapeHtml(said)}</p>`,
    ...(state === 'ask'
      ? [`<form method="post"><button type="submit">${escapeHtml(leave.button)}</button></form>`]
      : []),
    ...(link === null
      ? []
      : [`<p><a href="/v1/preferences/${req.params.token}">${escapeHtml(leave.more)}</a></p>`]),
  ];
  const status = state === 'unknown' ? 404 : 200;
  sendPage(res, { language, title: leave.title, body: parts.join('\n'), status });
}
