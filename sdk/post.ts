/** `done`: taken, or refused for good. `repeat`: not now; a number: not before so many ms. */
export type Answer = 'done' | 'repeat' | number;
export type Post = (path: string, body: object, leaving?: boolean) => Promise<Answer>;

/** A call that nobody answers is given up after this, in ms. */
const TIMEOUT_MS = 20_000;

/** Posts as Segment's browser library does: the key in a text body, so that no preflight is needed. */
export function createPost(host: string, writeKey: string): Post {
  return async (path, body, leaving = false) => {
    try {
      const answer = await fetch(host + path, {
        method: 'POST',
        headers: { 'Content-Type': 'text/plain' },
        body: JSON.stringify({ ...body, writeKey, sentAt: new Date().toISOString() }),
        credentials: 'omit',
        keepalive: leaving,
        ...(leaving ? {} : { signal: AbortSignal.timeout(TIMEOUT_MS) }),
      });
      return verdict(answer);
    } catch {
      return 'repeat';
    }
  };
}

/** What is wrong with a call stays wrong: a 4xx is the end of it, but for those that ask to wait. */
export function verdict({ status, headers }: Pick<Response, 'status' | 'headers'>): Answer {
  if (status < 400) return 'done';
  if (status !== 408 && status !== 429 && status < 500) return 'done';
  const seconds = Number(headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? seconds * 1_000 : 'repeat';
}
