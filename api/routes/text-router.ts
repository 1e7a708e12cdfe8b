import express, { Router } from 'express';
import type { InboundText, TextsHook } from '#channels/inbound-text.ts';
import { keywordReply } from '#domain/message/keyword-replies.ts';
import { keywordIn, type Keyword, type KeywordSaid } from '#domain/message/keywords.ts';
import { hearKeyword, type WordHeard } from '#messages/hear-keyword.ts';
import type { AppDeps } from '../deps.ts';
import { APPLIED_WITHIN_MS } from './profile-routes.ts';

/** A text of ten parts with all its fields is far below. */
const BODY_BYTES_MAX = 64 * 1024;
/** Proof of a consent: where it was said. */
const SOURCE = 'sms';

/**
 * What people answer to the shop's texts. STOP, START and HELP count in the languages used; what
 * else they write is not kept. The number is kept from marketing before the answer; the customer
 * who has it is told of by an event.
 */
export function createTextRouter(deps: AppDeps): Router {
  const router = Router();
  const raw = express.raw({ type: () => true, limit: BODY_BYTES_MAX });
  for (const [provider, hook] of Object.entries(deps.texts)) {
    const path = `/v1/webhooks/${provider}/texts`;
    router.post(path, raw, async (req, res) => {
      res.locals.route = path;
      const text = hook.read({
        headers: req.headers,
        rawBody: Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
        target: req.originalUrl,
        receivedAt: deps.clock(),
      });
      const said = text === null ? null : keywordIn(text.text);
      const answer = text === null || said === null ? null : await hear(deps, text, said);
      send(res, hook, answer);
    });
  }
  return router;
}

function send(res: express.Response, hook: TextsHook, text: string | null): void {
  const { type, body } = hook.reply(text);
  res.type(type).send(body);
}

/** Answers what is to be said to whoever wrote; null: nothing. Safe to repeat. */
async function hear(
  deps: AppDeps,
  { id, from, text, at, isAnswered }: InboundText,
  { keyword, languages }: KeywordSaid,
): Promise<string | null> {
  const profile = await deps.findProfile(`phone:${from}`);
  const consent = profile === null ? undefined : (profile.consents.sms ?? null);
  const { isNews, isBlocked } = await hearKeyword(deps.mongo, { id, from, keyword, at, consent });
  if (profile !== null && isNews) {
    const granted = keyword === 'start';
    const event = await deps.acceptAdminEvent({
      profileId: profile._id,
      name: granted ? 'Consent Granted' : 'Unsubscribed',
      properties: { channel: 'sms', keyword },
      consents: { sms: { granted, source: SOURCE, text: text.trim() } },
      ...{ id: `text/${id}`, at },
    });
    // The next word is judged by what this one has made of the customer.
    await deps.awaitApplied([event.id], APPLIED_WITHIN_MS);
  }
  if (isAnswered || !isWorthAnAnswer(keyword, { isNews, isBlocked })) return null;
  const wishes = [profile?.language, profile?.browserLanguage, deps.config.KAIROS_LANGUAGE];
  return keywordReply(keyword, languages, wishes);
}

/**
 * A second STOP is not answered: whoever wants no texts gets one and no more. And nobody is told
 * that texts come again where something else than their own word keeps them back.
 */
function isWorthAnAnswer(keyword: Keyword, { isNews, isBlocked }: WordHeard): boolean {
  if (keyword === 'help') return true;
  return isNews && !(keyword === 'start' && isBlocked);
}
