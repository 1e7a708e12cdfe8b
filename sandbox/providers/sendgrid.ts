import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { Acceptance } from '#sandbox/accepted-messages.ts';
import type { ContractFault, ProviderContract } from '#sandbox/check-contract.ts';
import { isSame } from '#sandbox/compare-secrets.ts';
import { readerVisits } from '#sandbox/reader-visits.ts';
import { needed, type SandboxPart } from '#sandbox/sandbox-part.ts';
import { sendgridRequest } from '#sandbox/sign-receipts.ts';
import { takeMessage, type Desk } from '#sandbox/take-message.ts';

/** SendGrid's own limit on a whole mail. */
const BODY_BYTES_MAX = 30 * 1024 * 1024;

/** What is read of a body that the contract has already found right. */
const Mail = z.object({
  personalizations: z
    .array(
      z.object({
        to: z.array(z.object({ email: z.string() })),
        custom_args: z.record(z.string(), z.string()).optional(),
      }),
    )
    .min(1),
  content: z.array(z.object({ type: z.string(), value: z.string() })).optional(),
  tracking_settings: z
    .object({
      click_tracking: z.object({ enable: z.boolean() }).optional(),
      open_tracking: z.object({ enable: z.boolean() }).optional(),
    })
    .optional(),
});
type Mail = z.infer<typeof Mail>;

/** SendGrid tells of no opening and no click where it was told not to track them. */
function visitsOf({ tracking_settings: tracking, content = [] }: Mail): Acceptance['visits'] {
  const html = content.find(({ type }) => type === 'text/html')?.value ?? '';
  const { open, click } = readerVisits(html);
  return {
    ...(tracking?.open_tracking?.enable === false && { open }),
    ...(tracking?.click_tracking?.enable === false && { click }),
  };
}

function refuse(response: Response, status: number, message: string, field: string | null): void {
  response.status(status).json({ errors: [{ message, field, help: null }] });
}

/** `/personalizations/0/to/0/email` as SendGrid writes it: `personalizations.0.to.0.email`. */
function fieldOf(fault: ContractFault): string {
  const parts = fault.pointer.split('/').filter(Boolean);
  if (fault.keyword === 'required' || fault.keyword === 'additionalProperties') {
    parts.push(fault.detail);
  }
  return parts.join('.');
}

const MESSAGES: Record<string, (fault: ContractFault) => string> = {
  required: (fault) =>
    fault.pointer === ''
      ? `The ${fault.detail} field is required and cannot be missing.`
      : `The ${fault.detail} parameter is required.`,
  additionalProperties: (fault) => `Additional property ${fault.detail} is not allowed`,
  format: () => 'Does not contain a valid address.',
  type: (fault) => `Invalid type. Expected: ${fault.detail}.`,
};

function messageOf(fault: ContractFault): string {
  return MESSAGES[fault.keyword]?.(fault) ?? 'Bad Request';
}

/** `POST /v3/mail/send`, as SendGrid's v3 API answers it. */
function sendgridRoutes(
  desk: Desk,
  account: SandboxAccounts['sendgrid'],
  contract: ProviderContract,
): Router {
  const router = express.Router();
  const authenticate = (request: Request, response: Response, next: () => void): void => {
    if (isSame(request.get('authorization') ?? '', `Bearer ${account.apiKey}`)) next();
    else {
      const message = 'The provided authorization grant is invalid, expired, or revoked';
      refuse(response, 401, message, null);
    }
  };
  router.post(
    '/v3/mail/send',
    authenticate,
    express.json({ limit: BODY_BYTES_MAX }),
    async (request: Request, response: Response) => {
      const body: unknown = request.body ?? {};
      const [fault] = contract.check('SendMail', {
        method: 'POST',
        path: '/v3/mail/send',
        headers: { 'content-type': 'application/json' },
        body,
      });
      if (fault) {
        refuse(response, 400, messageOf(fault), fieldOf(fault));
        return;
      }
      await acceptMail(desk, body, response);
    },
  );
  return router;
}

async function acceptMail(desk: Desk, body: unknown, response: Response): Promise<void> {
  const mail = Mail.safeParse(body);
  const first = mail.data?.personalizations[0];
  const to = first?.to[0]?.email;
  if (!first || to === undefined) {
    const field = 'personalizations.0.to';
    refuse(response, 400, 'The to array is required for all personalization objects.', field);
    return;
  }
  const id = randomBytes(16).toString('base64url');
  const acceptance = {
    id,
    channel: 'email' as const,
    provider: 'sendgrid',
    to,
    callback: null,
    tags: first.custom_args ?? {},
    visits: mail.data && visitsOf(mail.data),
    payload: body,
  };
  await takeMessage(desk, acceptance, response, {
    accepted: () => response.status(202).set('X-Message-Id', id).end(),
    badAddress: () => {
      refuse(response, 400, 'Does not contain a valid address.', 'personalizations.0.to.0.email');
    },
    failed: () => {
      refuse(response, 500, 'internal server error', null);
    },
    rateLimited: () => {
      refuse(response, 429, 'too many requests', null);
    },
  });
}

/** SendGrid's words for a body that is no JSON or is too long. */
function sendgridUnreadable(response: Response, status: number): void {
  if (status === 413) refuse(response, 413, 'Payload too large', null);
  else refuse(response, 400, 'Bad Request', null);
}

export const sendgridPart: SandboxPart = {
  provider: 'sendgrid',
  contract: { file: 'sendgrid-mail.openapi.json', closed: true },
  routes: ({ desk, accounts, contract }) =>
    sendgridRoutes(desk, accounts.sendgrid, needed(contract)),
  paths: /^\/v3\//,
  unreadable: sendgridUnreadable,
  inBatches: true,
  post: sendgridRequest,
};
