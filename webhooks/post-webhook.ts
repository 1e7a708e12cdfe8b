import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { readRetryAfter, type Answer } from '#domain/webhook/retry.ts';
import { guardedLookup } from '#platform/guarded-lookup.ts';
import { hostOf, whyNot, type OutboundRules } from '#platform/outbound-address.ts';

/** From the first byte out to the last header in: a receiver should take it and work afterwards. */
const ANSWER_WITHIN_MS = 15_000;
/** Of an answer's body little or nothing is used: more than this is not even read. */
const BODY_BYTES_MAX = 64 * 1024;
/**
 * What nobody reads is let in so long, that the connection may serve the next call; then it is cut
 * off, and holds no connection longer than its call is held to be under way.
 */
const DRAINED_WITHIN_MS = 1_000;
/** Connections kept open to one host, above what one endpoint's deliveries use at once. */
const SOCKETS_MAX = 16;

/** One POST, carried to its end. */
export interface Post {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Empty: there is none. */
  body: string;
  /** POST where nothing is said. */
  method?: 'GET' | 'POST' | 'PUT';
  /** How long an answer is awaited; ANSWER_WITHIN_MS where nothing is said. */
  withinMs?: number;
  /** Aborted when nobody wants the answer any more. */
  signal?: AbortSignal;
  /** Whether what is answered is of use: it is waited for, and told. */
  readsAnswer?: boolean;
}

/** What came of a POST. */
interface Posted extends Answer {
  /** The answer's body; null where it was not asked for or is too long. */
  text: string | null;
}

export type PostWebhook = (post: Post) => Promise<Posted>;

/**
 * Posts to addresses that users gave. Where a name leads is looked at for the very connection that
 * is made, so a name that leads elsewhere a moment later leads nowhere. Redirects are not followed.
 */
export function createPostWebhook(rules: OutboundRules, clock: () => number): PostWebhook {
  const options = { keepAlive: true, maxSockets: SOCKETS_MAX, lookup: guardedLookup(rules) };
  const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };
  return async (said) => {
    const to = new URL(said.url);
    const host = hostOf(to);
    const isTls = to.protocol === 'https:';
    if (!isTls && !rules.allowsHttp) return unanswered('ENOTLS');
    // Nothing is looked up for what is an address already.
    if (isIP(host) !== 0 && whyNot(host, rules) !== null) return unanswered('EPRIVATE');
    try {
      const agent = isTls ? agents.https : agents.http;
      return await post({ ...said, to, agent, clock });
    } catch (error) {
      return unanswered(faultOf(error));
    }
  };
}

interface Call extends Post {
  to: URL;
  agent: HttpAgent | HttpsAgent;
  clock: () => number;
}

/** What says how a body is to be read, where there is one. */
function bodyHeaders(body: string): Record<string, string | number> {
  if (body === '') return {};
  return { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

function endOf({ withinMs = ANSWER_WITHIN_MS, signal }: Post): AbortSignal {
  const late = AbortSignal.timeout(withinMs);
  return signal === undefined ? late : AbortSignal.any([late, signal]);
}

function post(call: Call): Promise<Posted> {
  const { to, agent, headers, body, clock, method = 'POST' } = call;
  const signal = endOf(call);
  const send = to.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const req = send(
      to,
      {
        method,
        agent,
        signal,
        headers: { ...bodyHeaders(body), 'user-agent': 'Kairos-Webhooks/1', ...headers },
      },
      (res) => {
        const retryAfterMs = readRetryAfter(res.headers['retry-after'], clock());
        const answer = { status: res.statusCode ?? null, fault: null, retryAfterMs };
        const told = (text: string | null): void => {
          resolve({ ...answer, text });
        };
        if (call.readsAnswer === true) {
          readText(res).then(told, (error: unknown) => {
            resolve(unanswered(faultOf(signal.aborted ? signal.reason : error)));
          });
          return;
        }
        // The answer is its headers: what becomes of the rest changes nothing.
        req.off('error', reject).on('error', () => undefined);
        void drain(res).then(() => {
          told(null);
        });
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

/** Reads a body that nobody wants; resolves once its connection is free, or gone. */
async function drain(res: IncomingMessage): Promise<void> {
  const late = setTimeout(() => res.destroy(), DRAINED_WITHIN_MS);
  await readText(res).catch(() => null);
  clearTimeout(late);
}

/**
 * The body of an answer; null where it is too long. Fails with a code where it breaks off: half an
 * answer is none.
 */
function readText(res: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let read = 0;
    res.on('data', (part: Buffer) => {
      read += part.length;
      parts.push(part);
      if (read <= BODY_BYTES_MAX) return;
      resolve(null);
      res.destroy();
    });
    res.on('end', () => {
      resolve(Buffer.concat(parts).toString('utf8'));
    });
    res.on('error', reject);
    res.on('close', () => {
      reject(Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' }));
    });
  });
}

function unanswered(fault: string): Posted {
  return { status: null, fault, retryAfterMs: null, text: null };
}

/** How a wait that is over is called, by what ended it. */
const LATE: readonly string[] = ['AbortError', 'TimeoutError'];

/** A code, never a text: texts name addresses. */
function faultOf(error: unknown): string {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  if (typeof name === 'string' && LATE.includes(name)) return 'ETIMEDOUT';
  return typeof code === 'string' ? code : 'EUNKNOWN';
}
