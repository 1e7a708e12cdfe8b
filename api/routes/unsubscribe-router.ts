import express, { Router, type Request, type Response } from 'express';
import type { AppDeps, UnsubscribeLink } from '../deps.ts';

/** A one-click body is `List-Unsubscribe=One-Click`; nothing larger is one. */
const BODY_BYTES_MAX = 4 * 1024;

const TEXTS = {
  en: {
    title: 'Unsubscribe',
    ask: 'Stop receiving these messages?',
    button: 'Unsubscribe',
    done: 'You are unsubscribed. You will get no more of these messages.',
    unknown: 'This link is not valid, or only a part of it was opened.',
  },
  ru: {
    title: 'Отписка',
    ask: 'Больше не получать такие сообщения?',
    button: 'Отписаться',
    done: 'Вы отписаны. Таких сообщений больше не будет.',
    unknown: 'Ссылка недействительна или открыта не полностью.',
  },
} as const;
type Language = keyof typeof TEXTS;

/**
 * The link at the foot of a marketing message. Opening it only asks, since mail scanners open every
 * link; posting to it (the page's button, or a mail program's one click, RFC 8058) unsubscribes.
 */
export function createUnsubscribeRouter(deps: AppDeps): Router {
  const router = Router();
  const path = '/v1/unsubscribe/:token';
  router.get(path, (req, res) => {
    res.locals.route = '/v1/unsubscribe/{token}';
    const known = deps.readLink(req.params.token) !== null;
    answer(req, res, known ? 'ask' : 'unknown');
  });
  router.post(path, express.raw({ type: () => true, limit: BODY_BYTES_MAX }), async (req, res) => {
    res.locals.route = '/v1/unsubscribe/{token}';
    const link = deps.readLink(req.params.token);
    if (link === null) {
      answer(req, res, 'unknown');
      return;
    }
    await unsubscribe(deps, link);
    answer(req, res, 'done');
  });
  return router;
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

function answer(req: Request, res: Response, state: 'ask' | 'done' | 'unknown'): void {
  const language: Language = req.acceptsLanguages(['en', 'ru']) === 'ru' ? 'ru' : 'en';
  // The form must work in a page that may load nothing at all.
  res.set('Content-Security-Policy', "default-src 'none'; style-src 'self'; form-action 'self'");
  res.set({ 'Cache-Control': 'no-store', 'Content-Language': language, Vary: 'Accept-Language' });
  res.set('X-Robots-Tag', 'noindex');
  res
    .status(state === 'unknown' ? 404 : 200)
    .type('html')
    .send(page(language, state));
}

function page(language: Language, state: 'ask' | 'done' | 'unknown'): string {
  const text = TEXTS[language];
  const form = `<form method="post"><button type="submit">${text.button}</button></form>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<link rel="stylesheet" href="/assets/plain.css">
</head>
<body>
<main>
<h1>${text.title}</h1>
<p${state === 'ask' ? '' : ' role="status"'}>${text[state]}</p>
${state === 'ask' ? form : ''}
</main>
</body>
</html>
`;
}
