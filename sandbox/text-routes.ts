import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { twilioText, type ReceiptSettings } from '#sandbox/sign-receipts.ts';

const BODY_BYTES_MAX = 64 * 1024;
/** How long Kairos may take to answer one text. */
const ANSWER_TIMEOUT_MS = 10_000;

const Said = z.strictObject({
  from: z.string().regex(/^\+[1-9]\d{6,14}$/, 'Write an E.164 number, such as +380501112233.'),
  text: z.string().max(1_600),
  id: z
    .string()
    .regex(/^SM[0-9a-f]{32}$/)
    .optional(),
});

/** Somebody writes to the shop's number: the provider hands it on, signed, and sends the answer. */
export function textRoutes(settings: ReceiptSettings): Router {
  const router = express.Router();
  const body = express.json({ limit: BODY_BYTES_MAX, strict: false });
  router.post('/texts', body, async (request: Request, response: Response) => {
    const said = Said.safeParse(request.body);
    if (!said.success) {
      const errors = said.error.issues.map(({ path, message }) => ({
        pointer: ['#', ...path.map(String)].join('/'),
        detail: message,
      }));
      const title = 'Invalid text';
      response
        .status(422)
        .type('application/problem+json')
        .json({ type: 'about:blank', title, status: 422, errors });
      return;
    }
    const { from, text, id = `SM${randomBytes(16).toString('hex')}` } = said.data;
    const { url, ...post } = twilioText({ id, from, text }, settings);
    const answer = await fetch(url, {
      ...{ method: 'POST', redirect: 'manual', ...post },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const sent = /<Message>([^<]*)<\/Message>/.exec(await answer.text());
    response.json({ id, status: answer.status, reply: sent?.[1] ?? null });
  });
  return router;
}
