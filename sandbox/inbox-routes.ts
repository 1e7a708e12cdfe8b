import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { AcceptedMessages } from '#sandbox/accepted-messages.ts';
import { INBOX_PAGE_POLICY, inboxPage } from '#sandbox/inbox-page.ts';
import { RuleList } from '#sandbox/rules.ts';

const LIMIT_MAX = 1000;
/** Of the whole inbox; one address is shown whole, as far as the limit goes. */
const LIMIT_DEFAULT = 50;
/** 10,000 rules of the longest usual device tokens. */
const RULES_BYTES_MAX = 4 * 1024 * 1024;

const Query = z.object({
  to: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).optional(),
  cursor: z.coerce.number().int().min(0).optional(),
});

function refuse(response: Response, status: number, issues: z.core.$ZodIssue[]): void {
  response
    .status(status)
    .type('application/problem+json')
    .json({
      type: 'about:blank',
      title: status === 400 ? 'Malformed request' : 'Invalid rules',
      status,
      errors: issues.map(({ path, message }) => ({
        pointer: ['#', ...path.map(String)].join('/'),
        detail: message,
      })),
    });
}

/** What Kairos itself asks of its sandbox: the inbox, the rules and the inbox's page. */
export function inboxRoutes(messages: AcceptedMessages): Router {
  const router = express.Router();
  router.get('/healthz', (_request: Request, response: Response) => {
    response.json({ status: 'ok' });
  });
  router.get('/', (_request: Request, response: Response) => {
    response.set('Content-Security-Policy', INBOX_PAGE_POLICY).type('html').send(inboxPage());
  });
  router.get('/inbox', async (request: Request, response: Response) => {
    const query = Query.safeParse(request.query);
    if (!query.success) {
      refuse(response, 400, query.error.issues);
      return;
    }
    const { to, cursor } = query.data;
    const limit = query.data.limit ?? (to === undefined ? LIMIT_DEFAULT : LIMIT_MAX);
    const page = {
      limit,
      ...(to !== undefined && { to }),
      ...(cursor !== undefined && { cursor }),
    };
    response.json(await messages.page(page));
  });
  router.get('/rules', (_request: Request, response: Response) => {
    response.json(messages.rules.all());
  });
  router.put(
    '/rules',
    express.json({ limit: RULES_BYTES_MAX, strict: false }),
    async (request: Request, response: Response) => {
      const rules = RuleList.safeParse(request.body);
      if (!rules.success) {
        refuse(response, 422, rules.error.issues);
        return;
      }
      await messages.replaceRules(rules.data);
      response.json(messages.rules.all());
    },
  );
  return router;
}
