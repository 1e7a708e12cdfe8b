import type { IncomingMessage, Server } from 'node:http';
import { DomainError } from '#domain/errors.ts';

/** A body that is no upload has at most some hundred KB: whoever is slower than this is none of ours. */
const BODY_WITHIN_MS = 300_000;
/** An upload may take hours, but not stand still: nothing for so long, and the client is gone, in ms. */
const IDLE_MS = 60_000;

/** What ends a request whose body is not there in time. */
const limits = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/**
 * Takes the place of Node's own limit, which is one for all requests: every body must be whole in
 * time, but for those that are read by `uploadOf`.
 */
export function limitBodies(server: Server, withinMs = BODY_WITHIN_MS): void {
  server.requestTimeout = 0;
  server.prependListener('request', (req: IncomingMessage) => {
    limit(req, withinMs);
    req.once('close', () => {
      clearTimeout(limits.get(req));
    });
  });
}

function limit(req: IncomingMessage, withinMs: number): void {
  const late = setTimeout(() => {
    // An answer may take longer than this, as a large export does: only the body is looked at.
    if (req.complete || req.destroyed) return;
    req.socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    req.destroy();
  }, withinMs).unref();
  limits.set(req, late);
}

/**
 * The body as it comes, for as long as it comes; the connection stays open whatever is found in it.
 * What the reader itself takes does not count. @throws DomainError `malformed` where it stands still.
 */
export async function* uploadOf(req: IncomingMessage, idleMs = IDLE_MS): AsyncGenerator<Buffer> {
  clearTimeout(limits.get(req));
  const parts = req.iterator({ destroyOnReturn: false });
  const idle = new AbortController();
  try {
    for (;;) {
      const next = await withinIdle(parts.next(), idleMs, idle);
      if (next.done === true) return;
      if (Buffer.isBuffer(next.value)) yield next.value;
    }
  } finally {
    // Of one that stands still the reading ends with its connection only.
    const ended = parts.return?.().catch(() => undefined);
    if (!idle.signal.aborted) await ended;
    // What is not read by now is only thrown away, and that need not take for ever.
    if (!req.complete && !req.destroyed) limit(req, BODY_WITHIN_MS);
  }
}

async function withinIdle<T>(next: Promise<T>, idleMs: number, idle: AbortController): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const still = new Promise<never>((_, reject) => {
    late = setTimeout(() => {
      const seconds = String(Math.round(idleMs / 1000));
      const detail = `The upload stood still for ${seconds} s; nothing was changed. Please send the file again.`;
      idle.abort();
      reject(new DomainError('malformed', detail));
    }, idleMs);
  });
  try {
    return await Promise.race([next, still]);
  } finally {
    clearTimeout(late);
  }
}
