import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import type { Accepted } from '#sandbox/accepted-messages.ts';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { ContractFault, ProviderContract } from '#sandbox/check-contract.ts';
import { isSame } from '#sandbox/compare-secrets.ts';
import { listMessages } from '#sandbox/providers/twilio-list.ts';
import {
  messageResource,
  twilioRefusal,
  type TwilioParts,
} from '#sandbox/providers/twilio-message.ts';
import { needed, type SandboxPart } from '#sandbox/sandbox-part.ts';
import { twilioRequest } from '#sandbox/sign-receipts.ts';
import { takeMessage, type Desk } from '#sandbox/take-message.ts';

/** Twilio's own limit on the text of one message. */
const BODY_LENGTH_MAX = 1600;
const REQUEST_BYTES_MAX = 256 * 1024;
const E164 = /^\+[1-9]\d{6,14}$/;

/** Twilio's code for what a form says wrong. */
function refusalOf(fault: ContractFault): { code: number; message: string } {
  const name = fault.keyword === 'required' ? fault.detail : fault.pointer.split('/')[1];
  if (name === 'To') return { code: 21604, message: "A 'To' phone number is required." };
  if (name === 'StatusCallback') {
    return { code: 21609, message: "The 'StatusCallback' URL is not a valid URL." };
  }
  return { code: 20001, message: `Invalid parameter ${name ?? ''}` };
}

/** What Twilio checks beyond form; null if the message may go on. */
function contentRefusal(form: Record<string, string>): { code: number; message: string } | null {
  const { To = '', From, Body = '', MessagingServiceSid } = form;
  if (!E164.test(To)) return { code: 21211, message: `Invalid 'To' Phone Number: ${To}` };
  if (!From && !MessagingServiceSid) {
    return { code: 21603, message: "A 'From' phone number is required." };
  }
  if (!Body) return { code: 21602, message: 'Message body is required.' };
  if (Body.length > BODY_LENGTH_MAX) {
    return {
      code: 21617,
      message: 'The concatenated message body exceeds the 1600 character limit.',
    };
  }
  return null;
}

/** The form as names and texts; of a repeated name the last counts. */
function readForm(body: unknown): Record<string, string> {
  const form: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(typeof body === 'string' ? body : '')) {
    form[name] = value;
  }
  return form;
}

/** Creating, listing and fetching messages, as Twilio's 2010-04-01 API answers. */
function twilioRoutes(
  desk: Desk,
  account: SandboxAccounts['twilio'],
  contract: ProviderContract,
): Router {
  const router = express.Router();
  const base = `/2010-04-01/Accounts/${account.accountSid}`;
  router.use('/2010-04-01', (request: Request, response: Response, next: () => void) => {
    const token = Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64');
    if (isSame(request.get('authorization') ?? '', `Basic ${token}`)) next();
    else twilioRefusal(response, 401, { code: 20003, message: 'Authenticate' });
  });
  router.post(
    `${base}/Messages.json`,
    express.text({ type: 'application/x-www-form-urlencoded', limit: REQUEST_BYTES_MAX }),
    (request: Request, response: Response) =>
      createMessage({ desk, account, contract }, readForm(request.body), response),
  );
  router.get(`${base}/Messages.json`, (request: Request, response: Response) =>
    listMessages({ desk, account, contract }, request, response),
  );
  router.get(`${base}/Messages/:file`, async (request: Request, response: Response) => {
    const file = String(request.params.file);
    const found = file.endsWith('.json') ? desk.messages.find(file.slice(0, -5)) : undefined;
    if (found?.channel === 'sms') {
      response.json(messageResource(account, found, await desk.messages.payloadOf(found)));
    } else notFound(request, response);
  });
  router.use('/2010-04-01', notFound);
  return router;
}

function notFound(request: Request, response: Response): void {
  const message = `The requested resource ${request.originalUrl} was not found`;
  twilioRefusal(response, 404, { code: 20404, message });
}

async function createMessage(
  { desk, account, contract }: TwilioParts,
  form: Record<string, string>,
  response: Response,
): Promise<void> {
  const [fault] = contract.check('CreateMessage', {
    method: 'POST',
    path: `/2010-04-01/Accounts/${account.accountSid}/Messages.json`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { ...form },
  });
  const refusal = fault ? refusalOf(fault) : contentRefusal(form);
  if (refusal) {
    twilioRefusal(response, 400, refusal);
    return;
  }
  const id = `SM${randomBytes(16).toString('hex')}`;
  const to = form.To ?? '';
  const acceptance = {
    id,
    channel: 'sms' as const,
    provider: 'twilio',
    to,
    callback: form.StatusCallback ?? null,
    tags: {},
    payload: form,
  };
  await takeMessage(desk, acceptance, response, {
    accepted: () => {
      const found: Accepted | undefined = desk.messages.find(id);
      if (found) response.status(201).json(messageResource(account, found, form, true));
    },
    badAddress: () => {
      const message = `Invalid 'To' Phone Number: ${to}`;
      twilioRefusal(response, 400, { code: 21211, message });
    },
    optedOut: () => {
      const message = 'Attempt to send to unsubscribed recipient';
      twilioRefusal(response, 400, { code: 21610, message });
    },
    failed: () => {
      twilioRefusal(response, 500, { code: 20500, message: 'Internal Server Error' });
    },
    rateLimited: () => {
      twilioRefusal(response, 429, { code: 20429, message: 'Too Many Requests' });
    },
  });
}

export const twilioPart: SandboxPart = {
  provider: 'twilio',
  contract: { file: 'twilio-messages.openapi.json', forms: true },
  routes: ({ desk, accounts, contract }) => twilioRoutes(desk, accounts.twilio, needed(contract)),
  paths: /^\/2010-04-01\//,
  unreadable: (response, status) => {
    twilioRefusal(response, status, { code: 20001, message: 'Invalid request' });
  },
  post: ([receipt], settings) => twilioRequest(receipt, settings),
};
