import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { ContractFault, ProviderContract } from '#sandbox/check-contract.ts';
import { GoogleTokens } from '#sandbox/providers/google-token.ts';
import { needed, type SandboxPart } from '#sandbox/sandbox-part.ts';
import { phoneRequest } from '#sandbox/sign-receipts.ts';
import { takeMessage, type Desk } from '#sandbox/take-message.ts';

/** FCM's limit on a message is 4096 bytes of payload; the request around it is small too. */
const REQUEST_BYTES_MAX = 64 * 1024;
const PAYLOAD_BYTES_MAX = 4096;

const Send = z.object({
  message: z.object({
    token: z.string().min(1),
    data: z.record(z.string(), z.string()).optional(),
    notification: z.unknown(),
  }),
});

const STATUSES: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
};

interface Refusal {
  message: string;
  errorCode?: string;
  violation?: { field: string; description: string };
}

/** Google's error body, with FCM's own code in its details. */
function refuse(
  response: Response,
  code: number,
  { message, errorCode, violation }: Refusal,
): void {
  const fcm = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
  const bad = 'type.googleapis.com/google.rpc.BadRequest';
  const details = [
    ...(errorCode ? [{ '@type': fcm, errorCode }] : []),
    ...(violation ? [{ '@type': bad, fieldViolations: [violation] }] : []),
  ];
  const status = STATUSES[code] ?? 'UNKNOWN';
  const error = { code, message, status, ...(details.length > 0 && { details }) };
  response.status(code).json({ error });
}

function violationOf(fault: ContractFault): Refusal {
  const field = fault.pointer.split('/').filter(Boolean).join('.');
  const description =
    fault.keyword === 'additionalProperties'
      ? `Invalid JSON payload received. Unknown name "${fault.detail}" at '${field}': Cannot find field.`
      : `Invalid value at '${field}' (${fault.detail})`;
  return { message: description, violation: { field, description } };
}

/** `POST /v1/projects/{project}/messages:send`, as FCM's HTTP v1 API answers it. */
function fcmRoutes(
  desk: Desk,
  project: string,
  { contract, tokens }: { contract: ProviderContract; tokens: GoogleTokens },
): Router {
  const router = express.Router();
  const authenticate = (request: Request, response: Response, next: () => void): void => {
    const [scheme, token] = (request.get('authorization') ?? '').split(' ');
    if (scheme === 'Bearer' && token && tokens.isGood(token)) next();
    else {
      const message = 'Request had invalid authentication credentials.';
      refuse(response, 401, { message });
    }
  };
  router.post(
    '/v1/projects/:project/messages\\:send',
    authenticate,
    express.json({ limit: REQUEST_BYTES_MAX }),
    async (request: Request, response: Response) => {
      if (request.params.project !== project) {
        const message = 'Permission denied on the project.';
        refuse(response, 403, { message });
        return;
      }
      const body: unknown = request.body ?? {};
      const [fault] = contract.check('fcm.projects.messages.send', {
        method: 'POST',
        path: '/v1/projects%2Fsandbox/messages:send',
        headers: { 'content-type': 'application/json' },
        body,
      });
      if (fault) refuse(response, 400, violationOf(fault));
      else await acceptPush({ desk, project }, body, response);
    },
  );
  return router;
}

async function acceptPush(
  { desk, project }: { desk: Desk; project: string },
  body: unknown,
  response: Response,
): Promise<void> {
  const send = Send.safeParse(body);
  if (!send.success) {
    const message = 'Recipient of the message is not set.';
    refuse(response, 400, { message, errorCode: 'INVALID_ARGUMENT' });
    return;
  }
  const { token, data = {}, notification } = send.data.message;
  if (Buffer.byteLength(JSON.stringify({ data, notification })) > PAYLOAD_BYTES_MAX) {
    const message = 'Android message is too big';
    refuse(response, 400, { message, errorCode: 'INVALID_ARGUMENT' });
    return;
  }
  const id = randomBytes(10).toString('hex');
  const acceptance = {
    id,
    channel: 'push' as const,
    provider: 'fcm',
    to: token,
    callback: null,
    tags: data,
    payload: body,
  };
  const gone = (): void => {
    const message = 'Requested entity was not found.';
    refuse(response, 404, { message, errorCode: 'UNREGISTERED' });
  };
  await takeMessage(desk, acceptance, response, {
    accepted: () => response.json({ name: `projects/${project}/messages/${id}` }),
    badAddress: gone,
    optedOut: gone,
    failed: () => {
      refuse(response, 500, { message: 'Internal error encountered.', errorCode: 'INTERNAL' });
    },
    rateLimited: () => {
      const message = 'Quota exceeded for quota metric.';
      refuse(response, 429, { message, errorCode: 'QUOTA_EXCEEDED' });
    },
  });
}

/** FCM's words for a body that is no JSON or is too long. */
function fcmUnreadable(response: Response): void {
  refuse(response, 400, { message: 'Invalid JSON payload received.' });
}

export const fcmPart: SandboxPart = {
  provider: 'fcm',
  contract: { file: 'fcm.openapi.json', closed: true },
  routes: ({ desk, accounts, contract }) => {
    const { serviceAccount } = accounts.fcm;
    const tokens = new GoogleTokens(serviceAccount);
    const parts = { contract: needed(contract), tokens };
    return express
      .Router()
      .use(tokens.routes())
      .use(fcmRoutes(desk, serviceAccount.project_id, parts));
  },
  paths: /^\/v1\/projects\//,
  unreadable: fcmUnreadable,
  post: ([receipt], settings) => phoneRequest(receipt, settings),
};
