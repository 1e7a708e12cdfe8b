import express, { Router } from 'express';
import { DomainError } from '#domain/errors.ts';
import { authorize, type ApiKey } from '../auth.ts';
import type { AppDeps } from '../deps.ts';
import { keyForm, mailFindings } from '../hosted/mail-page.ts';
import { sendPage } from '../hosted/page.ts';
import { lookAtMail } from './mail-routes.ts';

const PATH = '/mail';
/** A key and its name. */
const BODY_BYTES_MAX = 4 * 1024;
const INTRO = `<p>Whether mail arrives is decided by what DNS says of its sender. This page looks, and says
what to put there.</p>`;

/**
 * The page that says to whoever keeps the shop's DNS what to put there. It asks for the key with each
 * look: nothing is kept in the browser, so no other site can ask in its name.
 */
export function createMailPageRouter(
  { mail }: Pick<AppDeps, 'mail'>,
  keys: readonly ApiKey[],
): Router {
  const router = Router();
  const body = express.text({ type: 'application/x-www-form-urlencoded', limit: BODY_BYTES_MAX });
  const common = { language: 'en', title: 'Does our mail arrive?', width: 'wide' } as const;
  router.get(PATH, (_req, res) => {
    res.locals.route = PATH;
    sendPage(res, { ...common, body: `${INTRO}\n${keyForm('Look')}` });
  });
  router.post(PATH, body, async (req, res) => {
    res.locals.route = PATH;
    const form = new URLSearchParams(typeof req.body === 'string' ? req.body : '');
    try {
      authorize(keys, `Bearer ${form.get('key')?.trim() ?? ''}`, 'settings:read');
      sendPage(res, { ...common, body: mailFindings(await lookAtMail(mail)) });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const isKey = error.code === 'unauthenticated' || error.code === 'forbidden';
      const words = isKey ? 'This is not the admin key of this Kairos.' : error.message;
      const status = isKey ? 403 : 409;
      sendPage(res, { ...common, status, body: `${INTRO}\n${keyForm('Look', words)}` });
    }
  });
  return router;
}
