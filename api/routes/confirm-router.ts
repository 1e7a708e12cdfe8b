import { Router, type Request, type Response } from 'express';
import { confirmation } from '#domain/consent/double-opt-in.ts';
import { pageWords } from '#domain/consent/page-language.ts';
import type { AppDeps } from '../deps.ts';
import { provesAddress, readLinkReader, type LinkReader } from '../hosted/link-reader.ts';
import { escapeHtml, sendPage } from '../hosted/page.ts';
import { APPLIED_WITHIN_MS } from './profile-routes.ts';

const PATH = '/v1/confirm/:token';

/** `ask`: a consent waits for this link. `already`: it is given. `nothing`: none waits for it. */
type State = 'ask' | 'done' | 'already' | 'nothing';

/**
 * The link by which somebody confirms that they asked for messages in the channel that brought it
 * (double opt-in). Opening it only asks, since mail scanners open every link; its button confirms.
 */
export function createConfirmRouter(deps: AppDeps): Router {
  const router = Router();
  const readerOf = (req: Request<{ token: string }>, res: Response): Promise<LinkReader | null> => {
    res.locals.route = '/v1/confirm/{token}';
    return readLinkReader(deps, req, res, ({ confirm }) => confirm.title);
  };
  router.get(PATH, async (req, res) => {
    const reader = await readerOf(req, res);
    if (reader !== null) answer(res, reader, await stateOf(deps, reader));
  });
  router.post(PATH, async (req, res) => {
    const reader = await readerOf(req, res);
    if (reader === null) return;
    const state = await stateOf(deps, reader);
    if (state === 'ask') await confirm(deps, reader);
    answer(res, reader, state === 'ask' ? 'done' : state);
  });
  return router;
}

/**
 * What a link is good for. It confirms what waits if its message came to the address of now, and
 * after the wish: a link of some earlier message, or to another mailbox, shows nobody's agreement.
 */
async function stateOf(deps: AppDeps, reader: LinkReader): Promise<State> {
  const known = reader.profile.consents[reader.link.channel];
  if (confirmation(known) === null) return known?.granted === true ? 'already' : 'nothing';
  return (await provesAddress(deps, reader, known?.at)) ? 'ask' : 'nothing';
}

async function confirm(deps: AppDeps, { link, profile }: LinkReader): Promise<void> {
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

function answer(res: Response, { language }: LinkReader, state: State): void {
  const { confirm: words } = pageWords(language);
  const body =
    state === 'ask'
      ? `<p>${escapeHtml(words.ask)}</p>
<form method="post"><button type="submit">${escapeHtml(words.button)}</button></form>`
      : `<p role="status">${escapeHtml(words[state])}</p>`;
  sendPage(res, { language, title: words.title, body });
}
