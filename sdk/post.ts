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
      const said = verdict(answer);
      if (said === 'repeat') warn(answer);
      return said;
    } catch {
      return 'repeat';
    }
  };
}

/** What is wrong with a call stays wrong. */
const FINAL = [400, 413, 422];

let isWarned = false;

/** A key or an address that is wrong can be put right, and what was said meanwhile is told then. */
function warn(answer: Response): void {
  if (isWarned || answer.status >= 500) return;
  isWarned = true;
  answer.json().then(
    ({ detail }: { detail?: string }) => {
      console.warn(`Kairos (${String(answer.status)}): ${detail ?? ''}`);
    },
    () => undefined,
  );
}

/** Taken, or refused for good; all else is told again. */
export function verdict({ status, headers }: Pick<Response, 'status' | 'headers'>): Answer {
  if (status < 400 || FINAL.includes(status)) return 'done';
  const seconds = Number(headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? seconds * 1_000 : 'repeat';
}
