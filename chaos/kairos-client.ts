import { setTimeout as sleep } from 'node:timers/promises';

/** A call that hangs on a frozen process is given up and repeated. */
const CALL_TIMEOUT_MS = 6_000;
const REPEAT_AFTER_MS = 250;
/** Kairos' own advice is followed, but a chaos run is too short for more than this. */
const RETRY_AFTER_MAX_MS = 2_000;

export interface Keys {
  write: string;
  admin: string;
}

interface Call {
  method: 'GET' | 'PUT' | 'POST';
  route: string;
  body?: object | string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** The answer, or null when none came. */
export type Answer = { status: number; text: string; retryAfterMs: number } | null;

/** Kairos from outside, over HTTP alone. */
export class KairosClient {
  readonly #url: string;
  readonly #keys: Keys;
  /** Requests without an answer right now. */
  waiting = 0;
  /** Requests that had to be made again. */
  repeated = 0;

  constructor(url: string, keys: Keys) {
    this.#url = url;
    this.#keys = keys;
  }

  /** One request with the write key. */
  track(route: string, body: object, timeoutMs?: number): Promise<Answer> {
    const basic = Buffer.from(`${this.#keys.write}:`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    const bound = timeoutMs === undefined ? {} : { timeoutMs };
    return this.#call({ method: 'POST', route, body, headers, ...bound });
  }

  /** One request with the admin key. */
  admin(call: Call): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.#keys.admin}`, ...call.headers };
    return this.#call({ ...call, headers });
  }

  /** Makes the request until it is answered with success or refused for good. */
  async insist(
    ask: () => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    for (;;) {
      const answer = await ask();
      if (answer !== null && !isForLater(answer.status)) return answer;
      signal.throwIfAborted();
      this.repeated += 1;
      await sleep(Math.max(REPEAT_AFTER_MS, answer?.retryAfterMs ?? 0), undefined, { signal });
    }
  }

  /** What a GET answers, as JSON; insists. @throws when it is refused */
  async read(route: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.insist(() => this.admin({ method: 'GET', route }), signal);
    if (answer.status !== 200) throw new ReadRefused(route, answer.status);
    return JSON.parse(answer.text);
  }

  async #call({ method, route, body, headers, timeoutMs }: Call): Promise<Answer> {
    const isText = typeof body === 'string';
    const type = isText ? 'application/yaml' : 'application/json';
    this.waiting += 1;
    try {
      const answer = await fetch(`${this.#url}${route}`, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': type }) },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs ?? CALL_TIMEOUT_MS),
      });
      const text = await answer.text();
      const seconds = Number(answer.headers.get('retry-after') ?? 0);
      const retryAfterMs = Math.min(seconds * 1_000, RETRY_AFTER_MAX_MS);
      return { status: answer.status, text, retryAfterMs };
    } catch {
      return null;
    } finally {
      this.waiting -= 1;
    }
  }
}

/** 409: the first request with this Idempotency-Key is still under way, or its process died in it. */
function isForLater(status: number): boolean {
  return status >= 500 || status === 429 || status === 409;
}

/** A question that Kairos will not answer. */
export class ReadRefused extends Error {
  override readonly name = 'ReadRefused';
  readonly status: number;

  constructor(route: string, status: number) {
    super(`GET ${route.split('?')[0] ?? ''} was refused: ${String(status)}`);
    this.status = status;
  }
}
