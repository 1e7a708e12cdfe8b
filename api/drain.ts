import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';

/** Calls under way may end within this after a stop was asked for; the starter kills after 8.5 s. */
const DRAIN_MS = 8_000;

/** A client may just have sent its next call on a connection that looks idle from here. */
const IDLE_MS = 1_000;
const LOOK_EVERY_MS = 50;

/**
 * Answers how to end a server without losing an answer: it takes no new connections, answers what
 * comes on those that are open and says with each answer that it was the connection's last one,
 * closes idle connections after a second, and cuts what is left after eight. To be called before
 * the server takes its first call.
 */
export function prepareDrain(server: Server): () => Promise<void> {
  const open = new Set<ServerResponse>();
  let isDraining = false;
  server.prependListener('request', (_req, res: ServerResponse) => {
    if (isDraining) sayLast(res);
    open.add(res);
    res.once('close', () => open.delete(res));
  });
  return async () => {
    isDraining = true;
    for (const res of open) sayLast(res);
    const closed = new Promise<void>((resolve) => {
      // The HTTP server's own `close` would cut idle connections at once.
      NetServer.prototype.close.call(server, () => {
        resolve();
      });
    });
    const startedAt = performance.now();
    const looking = setInterval(() => {
      const ms = performance.now() - startedAt;
      if (ms > IDLE_MS) server.closeIdleConnections();
      if (ms > DRAIN_MS) server.closeAllConnections();
    }, LOOK_EVERY_MS);
    await closed;
    clearInterval(looking);
  };
}

function sayLast(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}
