import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  hkdfSync,
  randomBytes,
  randomUUID,
  verify,
} from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { PendingReceipt } from '#sandbox/accepted-messages.ts';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { SandboxPart } from '#sandbox/sandbox-part.ts';
import type { ReceiptRequest } from '#sandbox/sign-receipts.ts';
import { takeMessage, type Desk } from '#sandbox/take-message.ts';

type Account = SandboxAccounts['webPush'];

/** What push services take, encryption included. */
const BODY_BYTES_MAX = 4096;
/** A signed claim may be valid for a day at most (RFC 8292). */
const CLAIM_LIFE_S = 86_400;
/** An address like those of Firefox: Kairos sends to browsers' own push services only. */
const ENDPOINT = 'https://updates.push.services.mozilla.com/wpush/v2/';
const NAME = /^[A-Za-z0-9_-]{1,200}$/;

/** Firefox' and Chrome's push services, as far as an application's server sees them. */
function webPushRoutes(desk: Desk, account: Account): Router {
  const router = express.Router();
  router.get('/subscription', (request: Request, response: Response) => {
    const name = request.query.name ?? randomBytes(16).toString('base64url');
    if (typeof name !== 'string' || !NAME.test(name)) {
      response.status(400).type('application/problem+json').json({
        type: 'about:blank',
        title: 'Malformed request',
        status: 400,
        detail: 'A name is 1 to 200 characters of A-Z, a-z, 0-9, _ and -.',
      });
      return;
    }
    const { publicKey: p256dh, auth } = account.browser;
    response.json({ endpoint: `${ENDPOINT}${name}`, keys: { p256dh, auth } });
  });
  const raw = [sealed, express.raw({ type: () => true, limit: BODY_BYTES_MAX })];
  router.post(
    ['/wpush/v2/:name', '/fcm/send/:name'],
    raw,
    async (request: Request, response: Response) => {
      const refusal = refusalOf(request, account);
      if (refusal !== null) response.status(refusal).end();
      else await acceptPush(desk, account, request, response);
    },
  );
  return router;
}

/** What is wrong with a request before anybody looks at its content; null if nothing is. */
function refusalOf(request: Request, account: Account): number | null {
  if (!isSigned(request.get('authorization') ?? '', account)) return 403;
  const isWhole = request.get('ttl') !== undefined && Buffer.isBuffer(request.body);
  return isWhole ? null : 400;
}

/** `aes128gcm` is no compression that a parser could undo: the body is taken as it is. */
function sealed(request: Request, response: Response, next: () => void): void {
  if (request.get('content-encoding') === 'aes128gcm') {
    delete request.headers['content-encoding'];
    next();
  } else response.status(400).end();
}

const Claims = z.object({ aud: z.url(), exp: z.number(), sub: z.string().min(1) });

/** `vapid t=<a JWT of ES256>, k=<the key it is signed with>`, by the key that was subscribed to. */
function isSigned(authorization: string, { publicKey }: Account): boolean {
  const [, token = '', key] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  const [header = '', claims = '', signature = ''] = token.split('.');
  if (key !== publicKey) return false;
  const point = Buffer.from(publicKey, 'base64url');
  const jwk = {
    ...{ kty: 'EC', crv: 'P-256' },
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const signed = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!signed) return false;
  const { exp } = Claims.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')));
  const now = Date.now() / 1000;
  return exp > now && exp <= now + CLAIM_LIFE_S;
}

async function acceptPush(
  desk: Desk,
  account: Account,
  request: Request,
  response: Response,
): Promise<void> {
  const name = String(request.params.name);
  const payload = readPayload(request.body as Buffer, account);
  const receipts = z.object({ kairos_receipts: z.string() }).safeParse(payload).data;
  const id = randomUUID();
  const acceptance = {
    id,
    channel: 'web-push' as const,
    provider: 'web-push',
    to: name,
    callback: receipts?.kairos_receipts ?? null,
    tags: {},
    payload,
  };
  const gone = (): void => {
    response.status(410).end();
  };
  await takeMessage(desk, acceptance, response, {
    accepted: () => response.status(201).set('Location', `${ENDPOINT}m/${id}`).end(),
    badAddress: gone,
    optedOut: gone,
    failed: () => response.status(500).end(),
    rateLimited: () => response.status(429).end(),
  });
}

/** What the browser reads; of one whose keys the sandbox does not have, how much there was to read. */
function readPayload(body: Buffer, { browser }: Account): unknown {
  try {
    return JSON.parse(decrypt(body, browser).toString('utf8'));
  } catch {
    return { encryptedBytes: body.length };
  }
}

/** RFC 8291: one record of aes128gcm, sealed for a browser's key and its secret. */
function decrypt(body: Buffer, browser: Account['browser']): Buffer {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + body.readUInt8(20));
  const sealed = body.subarray(21 + sender.length);
  const own = createECDH('prime256v1');
  own.setPrivateKey(browser.privateKey, 'base64url');
  const shared = own.computeSecret(sender);
  const info = Buffer.concat([
    Buffer.from('WebPush: info\0'),
    Buffer.from(browser.publicKey, 'base64url'),
    sender,
  ]);
  const auth = Buffer.from(browser.auth, 'base64url');
  const secret = Buffer.from(hkdfSync('sha256', shared, auth, info, 32));
  const derive = (what: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, salt, `Content-Encoding: ${what}\0`, length));
  const decipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12));
  decipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  // The last record's text ends with a 2, and zeros that hide how long it is.
  return padded.subarray(0, padded.lastIndexOf(2));
}

const EVENTS: Record<string, string> = { shown: 'received', tapped: 'clicked' };

/** What the shop's service worker posts when it shows a message, or somebody clicks it. */
function workerRequest({ callback, name }: PendingReceipt): ReceiptRequest | null {
  const event = EVENTS[name];
  if (callback === null || event === undefined) return null;
  return {
    url: `${callback}&event=${event}`,
    headers: { 'content-type': 'text/plain;charset=UTF-8' },
    body: '',
  };
}

export const webPushPart: SandboxPart = {
  provider: 'web-push',
  contract: null,
  routes: ({ desk, accounts }) => webPushRoutes(desk, accounts.webPush),
  paths: /^\/(wpush|fcm)\//,
  unreadable: (response, status) => {
    response.status(status).end();
  },
  post: ([receipt]) => workerRequest(receipt),
};
