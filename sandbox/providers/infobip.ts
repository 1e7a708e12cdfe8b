import { randomUUID } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { PendingReceipt } from '#sandbox/accepted-messages.ts';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { ContractFault, ProviderContract } from '#sandbox/check-contract.ts';
import { isSame } from '#sandbox/compare-secrets.ts';
import { needed, type SandboxPart } from '#sandbox/sandbox-part.ts';
import type { ReceiptRequest } from '#sandbox/sign-receipts.ts';
import { takeMessage, type Desk } from '#sandbox/take-message.ts';

const REQUEST_BYTES_MAX = 256 * 1024;
const NUMBER = /^[1-9]\d{6,14}$/;

/** One of Infobip's channels as the sandbox plays it. */
interface InfobipChannel {
  channel: 'viber' | 'sms';
  provider: string;
  /** Where messages are posted, and where the log is read. */
  messages: string;
  logs: string;
  contract: ProviderContract;
  operation: string;
}

/** What is read of a body that the contract has already found right. */
const Body = z.object({
  messages: z
    .array(
      z.object({
        destinations: z
          .array(z.object({ to: z.string(), messageId: z.string().min(1).optional() }))
          .length(1),
        webhooks: z
          .object({
            delivery: z.object({ url: z.string() }).optional(),
            seen: z.object({ url: z.string() }).optional(),
          })
          .optional(),
      }),
    )
    .length(1),
});

const STATUSES = {
  accepted: { groupId: 1, groupName: 'PENDING', id: 26, name: 'PENDING_ACCEPTED' },
  delivered: { groupId: 3, groupName: 'DELIVERED', id: 5, name: 'DELIVERED_TO_HANDSET' },
  /** With the operator, not yet with the person. */
  sent: { groupId: 3, groupName: 'DELIVERED', id: 2, name: 'DELIVERED_TO_OPERATOR' },
  undelivered: {
    ...{ groupId: 2, groupName: 'UNDELIVERABLE' },
    ...{ id: 9, name: 'UNDELIVERABLE_NOT_DELIVERED' },
  },
  blocked: { groupId: 5, groupName: 'REJECTED', id: 14, name: 'REJECTED_DESTINATION' },
  noNumber: { groupId: 5, groupName: 'REJECTED', id: 52, name: 'REJECTED_INVALID_DESTINATION' },
} as const;

/** Infobip's error body. */
function refuse(
  response: Response,
  status: number,
  violations: { property: string; violation: string }[] = [],
): void {
  response.status(status).json({
    errorCode: `E${String(status)}`,
    description: 'Request cannot be processed.',
    action: 'Check the syntax, violations and adjust the request.',
    violations,
    resources: [],
  });
}

/** `/messages/0/sender` as Infobip writes it: `messages[0].sender`. */
function violationOf({ pointer, keyword, detail }: ContractFault): {
  property: string;
  violation: string;
} {
  const parts = pointer.split('/').filter(Boolean);
  if (keyword === 'required' || keyword === 'additionalProperties') parts.push(detail);
  const property = parts
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
  return { property, violation: keyword };
}

/** Sending in a channel and reading its log, as Infobip's HTTP interface answers. */
function infobipRoutes(
  desk: Desk,
  account: SandboxAccounts['infobip'],
  channel: InfobipChannel,
): Router {
  const router = express.Router();
  const authenticate = (request: Request, response: Response, next: () => void): void => {
    if (isSame(request.get('authorization') ?? '', `App ${account.apiKey}`)) next();
    else refuse(response, 401);
  };
  const json = express.json({ limit: REQUEST_BYTES_MAX });
  router.post(channel.messages, authenticate, json, async (request, response) => {
    const body: unknown = request.body ?? {};
    const [fault] = channel.contract.check(channel.operation, {
      method: 'POST',
      path: channel.messages,
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (fault) refuse(response, 400, [violationOf(fault)]);
    else await acceptMessage(desk, channel, body, response);
  });
  router.get(channel.logs, authenticate, (request, response) => {
    const { messageId } = request.query;
    const found = typeof messageId === 'string' ? desk.messages.find(messageId) : undefined;
    const results =
      found?.provider === channel.provider
        ? [{ messageId: found.id, destination: digitsOf(found.to), status: STATUSES.accepted }]
        : [];
    response.json({ results });
  });
  return router;
}

/** Infobip takes many at once; nothing here has need of it. Null: it is not one to one destination. */
function readMessage(
  body: unknown,
): { to: string; messageId: string; url: string | null; seenUrl: string | undefined } | null {
  const message = Body.safeParse(body).data?.messages[0];
  const destination = message?.destinations[0];
  if (message === undefined || destination === undefined) return null;
  const { to, messageId = randomUUID() } = destination;
  const { delivery, seen } = message.webhooks ?? {};
  return { to, messageId, url: delivery?.url ?? null, seenUrl: seen?.url };
}

async function acceptMessage(
  desk: Desk,
  { channel, provider }: InfobipChannel,
  body: unknown,
  response: Response,
): Promise<void> {
  const message = readMessage(body);
  if (message === null) {
    refuse(response, 400, [{ property: 'messages', violation: 'one to one destination' }]);
    return;
  }
  const { to, messageId, url, seenUrl } = message;
  const answer = (status: (typeof STATUSES)[keyof typeof STATUSES]): void => {
    response.json({ messages: [{ messageId, status, destination: to }] });
  };
  if (!NUMBER.test(to)) {
    answer(STATUSES.noNumber);
    return;
  }
  const acceptance = {
    // What is sent twice arrives twice, though under one id of the sender's.
    id: desk.messages.find(messageId) === undefined ? messageId : `${messageId}~${randomUUID()}`,
    channel,
    provider,
    to: `+${to}`,
    callback: url,
    tags: { messageId, ...(seenUrl !== undefined && { seenUrl }) },
    payload: body,
  };
  await takeMessage(desk, acceptance, response, {
    accepted: () => {
      answer(STATUSES.accepted);
    },
    badAddress: () => {
      const property = 'messages[0].destinations[0].to';
      refuse(response, 400, [{ property, violation: 'is no phone number' }]);
    },
    optedOut: () => {
      answer(STATUSES.blocked);
    },
    failed: () => {
      refuse(response, 500);
    },
    rateLimited: () => {
      refuse(response, 429);
    },
  });
}

/** Infobip's words for a body that is no JSON or is too long. */
function infobipUnreadable(response: Response): void {
  refuse(response, 400);
}

function digitsOf(e164: string): string {
  return e164.replace(/^\+/, '');
}

/** Infobip's way to write an instant. */
function instant(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

/** A delivery report, or one of Viber's seen reports; null where the sender asked for none. */
function infobipRequest({
  message,
  callback,
  tags,
  name,
  due,
}: PendingReceipt): ReceiptRequest | null {
  const to = digitsOf(message.to);
  const isSeen = name === 'seen';
  const url = isSeen ? tags.seenUrl : callback;
  if (url === undefined || url === null) return null;
  const ids = { messageId: tags.messageId, to, sentAt: instant(message.at) };
  const isGood = name === 'sent' || name === 'delivered';
  const report = {
    ...ids,
    status: isGood ? STATUSES[name] : STATUSES.undelivered,
    error: isGood
      ? { groupId: 0, groupName: 'OK', id: 0, name: 'NO_ERROR', permanent: false }
      : {
          ...{ groupId: 1, groupName: 'HANDSET_ERRORS', id: 1 },
          ...{ name: 'EC_UNKNOWN_SUBSCRIBER', permanent: true },
        },
    doneAt: instant(due),
    messageCount: 1,
  };
  const result = isSeen ? { ...ids, seenAt: instant(due) } : report;
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ results: [result] }),
  };
}

function infobipPart(own: Omit<InfobipChannel, 'contract'>, file: string): SandboxPart {
  return {
    provider: own.provider,
    contract: { file, closed: true },
    routes: ({ desk, accounts, contract }) =>
      infobipRoutes(desk, accounts.infobip, { ...own, contract: needed(contract) }),
    paths: new RegExp(`^${own.messages}`),
    unreadable: infobipUnreadable,
    post: ([receipt]) => infobipRequest(receipt),
  };
}

export const infobipViberPart = infobipPart(
  {
    channel: 'viber',
    provider: 'infobip-viber',
    messages: '/viber/2/messages',
    logs: '/viber/2/logs',
    operation: 'send-viber-messages',
  },
  'infobip-viber.openapi.json',
);

export const infobipSmsPart = infobipPart(
  {
    channel: 'sms',
    provider: 'infobip-sms',
    messages: '/sms/3/messages',
    logs: '/sms/3/logs',
    operation: 'send-sms-messages',
  },
  'infobip-sms.openapi.json',
);
