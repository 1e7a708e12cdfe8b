import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { ProviderContract } from '#sandbox/check-contract.ts';
import { inboxRoutes } from '#sandbox/inbox-routes.ts';
import { fcmRoutes, fcmUnreadable } from '#sandbox/providers/fcm.ts';
import type { GoogleTokens } from '#sandbox/providers/google-token.ts';
import { infobipRoutes, infobipUnreadable } from '#sandbox/providers/infobip.ts';
import { sendgridRoutes, sendgridUnreadable } from '#sandbox/providers/sendgrid.ts';
import { twilioRefusal } from '#sandbox/providers/twilio-message.ts';
import { twilioRoutes } from '#sandbox/providers/twilio.ts';
import { webPushRoutes } from '#sandbox/providers/web-push.ts';
import type { Desk } from '#sandbox/take-message.ts';

export interface SandboxParts {
  desk: Desk;
  accounts: SandboxAccounts;
  tokens: GoogleTokens;
  contracts: Record<
    'sendgrid' | 'twilio' | 'fcm' | 'infobipViber' | 'infobipSms',
    ProviderContract
  >;
}

/** The HTTP application of the sandbox: the providers and the inbox on one address. */
export function sandboxApp({ desk, accounts, tokens, contracts }: SandboxParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(inboxRoutes(desk.messages));
  app.use(sendgridRoutes(desk, accounts.sendgrid, contracts.sendgrid));
  app.use(twilioRoutes(desk, accounts.twilio, contracts.twilio));
  app.use(tokens.routes());
  const project = accounts.fcm.serviceAccount.project_id;
  app.use(fcmRoutes(desk, project, { contract: contracts.fcm, tokens }));
  app.use(webPushRoutes(desk, accounts.webPush));
  app.use(
    infobipRoutes(desk, accounts.infobip, {
      channel: 'viber',
      provider: 'infobip-viber',
      messages: '/viber/2/messages',
      logs: '/viber/2/logs',
      contract: contracts.infobipViber,
      operation: 'send-viber-messages',
    }),
    infobipRoutes(desk, accounts.infobip, {
      channel: 'sms',
      provider: 'infobip-sms',
      messages: '/sms/3/messages',
      logs: '/sms/3/logs',
      contract: contracts.infobipSms,
      operation: 'send-sms-messages',
    }),
  );
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
  } else if (request.path.startsWith('/v3/')) sendgridUnreadable(response, status);
  else if (request.path.startsWith('/2010-04-01/')) {
    twilioRefusal(response, status, { code: 20001, message: 'Invalid request' });
  } else if (request.path.startsWith('/v1/projects/')) fcmUnreadable(response);
  else if (/^\/(viber|sms)\//.test(request.path)) infobipUnreadable(response);
  else response.status(status).json({ error: 'the body cannot be read' });
}
