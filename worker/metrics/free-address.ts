import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * A loopback address that nobody listens on, for the exporter of Temporal's SDK: it cannot be asked
 * which port it took, so it must be told one.
 */
export function freeAddress(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: LOOPBACK }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        resolve(`${LOOPBACK}:${String(port)}`);
      });
    });
  });
}
