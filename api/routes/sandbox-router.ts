import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { DomainError } from '#domain/errors.ts';
import { authorize, type ApiKey } from '../auth.ts';
import type { AppDeps } from '../deps.ts';
import { refuseMethod } from '../route.ts';

/** The sandbox is on the same machine; longer than this and it is gone. */
const SANDBOX_TIMEOUT_MS = 10_000;

/** Ten thousand rules of the longest usual device tokens. */
const RULES_BYTES_MAX = 4 * 1024 * 1024;

/** The sandbox's inbox and rules on the API's own port, behind the admin key. */
export function createSandboxRouter(deps: AppDeps, keys: readonly ApiKey[]): Router {
  const router = Router();
  const base = deps.config.KAIROS_SANDBOX_URL;
  const mustExist: RequestHandler = (_req, _res, next) => {
    if (base === undefined) {
      throw new DomainError('not-found', 'No sandbox is in use: real providers are set.');
    }
    next();
  };
  const admit: RequestHandler = (req, res, next) => {
    res.locals.route = req.path.toLowerCase().replace(/\/+$/, '');
    authorize(keys, req.get('authorization'), 'sandbox');
    next();
  };
  const pass =
    (path: string): RequestHandler =>
    (req, res) =>
      forward(req, res, new URL(path, base));

  // The page holds no data: it asks for the key and reads the inbox with it.
  router.get('/sandbox', mustExist, (req, res, next) => {
    res.locals.route = '/sandbox';
    if (req.path.endsWith('/')) pass('/')(req, res, next);
    else res.redirect(302, '/sandbox/');
  });
  router.get('/sandbox/inbox', admit, mustExist, pass('/inbox'));
  router.all('/sandbox/inbox', refuseMethod(['GET']));
  router.get('/sandbox/subscription', admit, mustExist, pass('/subscription'));
  router.all('/sandbox/subscription', refuseMethod(['GET']));
  router.get('/sandbox/rules', admit, mustExist, pass('/rules'));
  const readRules = express.raw({ type: 'application/json', limit: RULES_BYTES_MAX });
  router.put('/sandbox/rules', admit, mustExist, readRules, pass('/rules'));
  router.all('/sandbox/rules', refuseMethod(['GET', 'PUT']));
  router.post('/sandbox/texts', admit, mustExist, readRules, pass('/texts'));
  router.all('/sandbox/texts', refuseMethod(['POST']));
  return router;
}

async function forward(req: Request, res: Response, target: URL): Promise<void> {
  target.search = new URL(req.originalUrl, 'http://localhost').search;
  const reply = await ask(target, req.method, req.method === 'GET' ? null : jsonBody(req));
  const policy = reply.headers.get('content-security-policy');
  if (policy !== null) res.set('Content-Security-Policy', policy);
  res.set('Cache-Control', 'no-store');
  res
    .status(reply.status)
    .type(reply.headers.get('content-type') ?? 'application/json')
    .send(Buffer.from(await reply.arrayBuffer()));
}

/** Whether what it says is right is the sandbox's to say; whether it is JSON at all is said here. */
function jsonBody(req: Request): string {
  const bytes: unknown = req.body;
  if (!Buffer.isBuffer(bytes)) {
    throw new DomainError('unsupported-media-type', 'Send the body as `application/json`.');
  }
  const text = bytes.toString('utf8');
  try {
    JSON.parse(text);
  } catch {
    throw new DomainError('malformed', 'The body is not valid JSON.');
  }
  return text;
}

async function ask(target: URL, method: string, body: string | null): Promise<globalThis.Response> {
  try {
    return await fetch(target, {
      method,
      signal: AbortSignal.timeout(SANDBOX_TIMEOUT_MS),
      ...(body === null ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
  } catch {
    throw new DomainError('unavailable', 'The sandbox does not answer.', { retryAfterS: 2 });
  }
}
