import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Router, type Request, type Response } from 'express';
import { errorCode } from '#platform/logger.ts';
import type { AppDeps } from '../deps.ts';
import type { Followed, Visitor } from '../follow-link.ts';

/**
 * Longest that a visitor waits for the note of their visit, in ms: a store that is away takes half a
 * minute to say so.
 */
const NOTE_WAIT_MS = 2_000;

/** Seconds after which whoever was not given the picture, for it could not be noted, may ask again. */
const PICTURE_RETRY_S = 5;

/** A transparent GIF of one pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Why a link leads nowhere, and the status that says so to programs. */
const REFUSALS = {
  unknown: {
    status: 404,
    en: 'This link is not valid, or only a part of it was opened.',
    ru: 'Ссылка недействительна или открыта не полностью.',
  },
  tooOld: {
    status: 410,
    en: 'This link is too old: the message it came in is not kept any more.',
    ru: 'Ссылка устарела: сообщение, в котором она пришла, больше не хранится.',
  },
  // Of a code nobody can tell whether it was one of ours.
  unknownCode: {
    status: 404,
    en: 'This link is too old, or only a part of it was opened.',
    ru: 'Ссылка устарела или открыта не полностью.',
  },
} as const;
type Refusal = keyof typeof REFUSALS;

/** What browsers and programs say where they fetch ahead of a person, or for a preview. */
const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];

type LinkRouterDeps = Pick<AppDeps, 'links'> & { logger: Pick<AppDeps['logger'], 'warn'> };

/**
 * The links and the picture of messages. Whoever follows a link gets there whatever becomes of the
 * note about it: only where the store is away and alone knows the way, there is none (503). The
 * picture, which nobody sees, is given once it is noted (else 503).
 */
export function createLinkRouter(deps: LinkRouterDeps): Router {
  const { links, logger } = deps;
  const failed = (error: unknown): void => {
    logger.warn({ code: errorCode(error) }, 'a look at a message was not noted');
  };
  const lead = async (res: Response, req: Request, followed: Followed | Refusal): Promise<void> => {
    if (typeof followed === 'string') {
      refuse(req, res, followed);
      return;
    }
    const waiting = new AbortController();
    const patience = { ref: false, signal: waiting.signal };
    await Promise.race([followed.noted.catch(failed), delay(NOTE_WAIT_MS, undefined, patience)]);
    // No timer is left behind: the aborted one was in the race, and its end is nobody's error.
    waiting.abort();
    const { url } = followed;
    if (url === null) res.status(204).end();
    else res.status(302).location(url).end();
  };
  const router = Router();
  router.get('/l/:token', async (req, res) => {
    prepare(res, '/l/{token}');
    await lead(res, req, (await links.follow(req.params.token, visitorOf(req))) ?? 'unknown');
  });
  router.get('/s/:code', async (req, res) => {
    prepare(res, '/s/{code}');
    const followed = await links.followShort(req.params.code, visitorOf(req));
    await lead(res, req, followed ?? 'unknownCode');
  });
  router.get('/o/:token', async (req, res) => {
    prepare(res, '/o/{token}');
    const isNoted = await links.open(req.params.token, visitorOf(req)).then(
      () => true,
      (error: unknown) => {
        failed(error);
        return false;
      },
    );
    // In a mail of another site: nobody there may be told that it may not be shown.
    res.set('Cross-Origin-Resource-Policy', 'cross-origin');
    if (isNoted) res.status(200).type('gif').send(PIXEL);
    // Nobody sees whether it is there; who asks again is heard.
    else res.status(503).set('Retry-After', String(PICTURE_RETRY_S)).end();
  });
  return router;
}

/** Each visit counts, so nothing on the way may answer in our place. */
function prepare(res: Response, route: string): void {
  res.locals.route = route;
  res.set({ 'Cache-Control': 'no-store', 'X-Robots-Tag': 'noindex, nofollow' });
}

function visitorOf(req: Request): Visitor {
  const purpose = PURPOSES.map((name) => req.get(name) ?? '').join(' ');
  return { method: req.method, agent: req.get('user-agent') ?? '', purpose, ip: ipOf(req) };
}

/**
 * As the proxy before the API says it. Whoever writes one of their own only makes their own visit
 * count for less. It is looked at and kept nowhere.
 */
function ipOf(req: Request): string | null {
  const [first = ''] = (req.get('x-forwarded-for') ?? '').split(',');
  const said = first.trim();
  return isIP(said) > 0 ? said : (req.socket.remoteAddress ?? null);
}

function refuse(req: Request, res: Response, why: Refusal): void {
  const language = req.acceptsLanguages(['en', 'ru']) === 'ru' ? 'ru' : 'en';
  const { status, [language]: text } = REFUSALS[why];
  res.set({ 'Content-Language': language, Vary: 'Accept-Language' });
  res.set('Content-Security-Policy', "default-src 'none'; style-src 'self'");
  res
    .status(status)
    .type('html')
    .send(
      `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${String(status)}</title><link rel="stylesheet" href="/assets/plain.css"><main><p>${text}</p></main></html>`,
    );
}
