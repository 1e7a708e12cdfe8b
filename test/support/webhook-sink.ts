import { createServer, type Server } from 'node:http';
import type { WebhookRequest } from '#channels/webhook-request.ts';

/** Plays Kairos' webhook endpoints: keeps what is posted, and answers what it is told to. */
export class WebhookSink {
  readonly posts: WebhookRequest[] = [];
  /** What every POST is answered with; only a 2xx ends its repeats. */
  status = 200;
  readonly url: string;
  private readonly server: Server;

  private constructor(server: Server, port: number) {
    this.server = server;
    this.url = `http://127.0.0.1:${String(port)}`;
  }

  static start(): Promise<WebhookSink> {
    return new Promise((resolve) => {
      const server = createServer();
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        const sink = new WebhookSink(
          server,
          typeof address === 'object' && address ? address.port : 0,
        );
        server.on('request', (request, response) => {
          const chunks: Buffer[] = [];
          request.on('data', (chunk: Buffer) => chunks.push(chunk));
          request.on('end', () => {
            sink.posts.push({
              rawBody: Buffer.concat(chunks),
              headers: request.headers,
              target: request.url ?? '',
              receivedAt: Date.now(),
            });
            response.writeHead(sink.status).end();
          });
        });
        resolve(sink);
      });
    });
  }

  /** Those whose path and query begin so. */
  to(path: string): WebhookRequest[] {
    return this.posts.filter(({ target }) => target.startsWith(path));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
