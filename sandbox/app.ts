import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { SANDBOX_PARTS } from '#sandbox/catalogue.ts';
import { ProviderContract } from '#sandbox/check-contract.ts';
import { inboxRoutes } from '#sandbox/inbox-routes.ts';
import type { ReceiptSettings } from '#sandbox/sign-receipts.ts';
import type { Desk } from '#sandbox/take-message.ts';
import { textRoutes } from '#sandbox/text-routes.ts';

/** The HTTP application of the sandbox: the providers and the inbox on one address. */
export async function sandboxApp(desk: Desk, settings: ReceiptSettings): Promise<Express> {
  const { accounts } = settings;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(inboxRoutes(desk.messages));
  app.use(textRoutes(settings));
  const played = await Promise.all(
    SANDBOX_PARTS.map(async ({ contract, routes }) => {
      const read = contract === null ? null : await ProviderContract.load(contract.file, contract);
      return routes({ desk, accounts, contract: read });
    }),
  );
  for (const router of played) app.use(router);
  app.use((_request: Request, response: Response) => {
    response.status(404).json({ error: 'not found' });
  });
  app.use(answerFailure);
  return app;
}

const ParserError = z.object({ status: z.number().int().min(400).max(499) });

/** A body that cannot be read is refused in its provider's words; anything else is a bug of ours. */
function answerFailure(
  error: unknown,
  request: Request,
  response: Response,
  next: NextFunction,
): void {
  if (response.headersSent) {
    next(error);
    return;
  }
  const status = ParserError.safeParse(error).data?.status;
  if (status === undefined) {
    response.status(500).json({ error: 'the sandbox failed' });
    return;
  }
  const part = SANDBOX_PARTS.find(({ paths }) => paths.test(request.path));
  if (part !== undefined) part.unreadable(response, status);
  else response.status(status).json({ error: 'the body cannot be read' });
}
