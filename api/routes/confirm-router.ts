import { Router, type Request, type Response } from 'express';
import { confirmation } from '#domain/consent/double-opt-in.ts';
import { pageWords } from '#domain/consent/page-language.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { AppDeps, UnsubscribeLink } from '../deps.ts';
import { escapeHtml, languageFor, sendPage } from '../hosted/page.ts';
import { APPLIED_WITHIN_MS } from './profile-routes.ts';

const PATH = '/v1/confirm/:token';

/**
 * The link by which somebody confirms that they asked for messages in the channel that brought it
 * (double opt-in). Opening it only asks, since mail scanners open every link; its button confirms.
 */
export function createConfirmRouter(deps: AppDeps): Router {
  const router = Router();
  router.get(PATH, async (req, res) => {
    const reader = await readerOf(deps, req, res);
    if (reader !== null) answer(req, res, reader, 'ask');
  });
  router.post(PATH, async (req, res) => {
    const reader = await readerOf(deps, req, res);
    if (reader === null) return;
    await confirm(deps, reader);
    answer(req, res, reader, 'done');
  });
  return router;
}

interface Reader {
  link: UnsubscribeLink;
  profile: Profile;
}

/** Null: it was answered that the link leads nowhere. */
async function readerOf(
  deps: AppDeps,
  req: Request<{ token: string }>,
  res: Response,
): Promise<Reader | null> {
  res.locals.route = '/v1/confirm/{token}';
  const link = deps.readLink(req.params.token);
  const profile = link === null ? null : await deps.findProfile(link.profileId);
  if (link !== null && profile !== null) return { link, profile };
  const language = languageFor(req);
  const { confirm: words, unknown } = pageWords(language);
  const body = `<p role="status">${escapeHtml(unknown)}</p>`;
  sendPage(res, { language, title: words.title, body, status: 404 });
  return null;
}

/** A second click, or one where nothing waits any more, changes nothing. */
async function confirm(deps: AppDeps, { link, profile }: Reader): Promise<void> {
  const { channel, messageId } = link;
  const known = profile.consents[channel];
  const said = confirmation(known);
  if (said === null) return;
  const { id } = await deps.acceptAdminEvent({
    profileId: profile._id,
    name: 'Consent Granted',
    properties: { channel, message_id: messageId, confirmed: true },
    consents: { [channel]: said },
    id: `confirmed/${profile._id}/${channel}/${String(known?.at ?? 0)}`,
  });
  await deps.awaitApplied([id], APPLIED_WITHIN_MS);
}

function answer(req: Request, res: Response, { profile }: Reader, state: 'ask' | 'done'): void {
  const language = languageFor(req, [profile.language, profile.browserLanguage]);
  const { confirm: words } = pageWords(language);
  const body =
    state === 'done'
      ? `<p role="status">${escapeHtml(words.done)}</p>`
      : `<p>${escapeHtml(words.ask)}</p>
<form method="post"><button type="submit">${escapeHtml(words.button)}</button></form>`;
  sendPage(res, { language, title: words.title, body });
}
