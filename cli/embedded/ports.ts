import { createServer } from 'node:net';

/** Embedded services are for this machine only. */
export const LOOPBACK = '127.0.0.1';

/** Can a server listen there now? Answers with the system's code (such as EADDRINUSE) when it can't. */
export function portProblem(port: number, host: string = LOOPBACK): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? 'EUNKNOWN');
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

/**
 * Where free ports are looked for: below those that systems give to outgoing connections, so that
 * none of these takes a port between two starts.
 */
const PORTS_FROM = 12_000;
const PORTS_TO = 32_000;
/** So many taken ports in a row, and the machine is full. */
const TRIES_MAX = 100;

/** Free loopback ports, all different: they are held open together while they are chosen. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ close }) => close()));
  return ports;
}

async function listenAnywhere(): Promise<{ port: number; close: () => Promise<void> }> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = PORTS_FROM + Math.floor(Math.random() * (PORTS_TO - PORTS_FROM));
    const close = await listenAt(port);
    if (close !== null) return { port, close };
  }
  throw new Error('No free port was found on this machine.');
}

function listenAt(port: number): Promise<(() => Promise<void>) | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(null);
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => {
              closed();
            });
          }),
      );
    });
  });
}
