import { createServer, type Server } from 'node:http';
import type { WebhookRequest } from '#channels/webhook-request.ts';

/** What one request is answered with; null: nothing, the connection stays open. */
export type SinkAnswer = {
  status: number;
  json?: unknown;
  headers?: Record<string, string>;
} | null;

/** Plays Kairos' webhook endpoints: keeps what is posted, and answers what it is told to. */
export class WebhookSink {
  readonly posts: WebhookRequest[] = [];
  /** What every POST is answered with; only a 2xx ends its repeats. */
  status = 200;
  /** Where it is set it decides instead, told how often this path was asked before. */
  answer: ((request: WebhookRequest, before: number) => SinkAnswer) | undefined;
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
            const received = {
              rawBody: Buffer.concat(chunks),
              headers: request.headers,
              target: request.url ?? '',
              receivedAt: Date.now(),
            };
            const before = sink.to(received.target).length;
            sink.posts.push(received);
            const own: SinkAnswer = { status: sink.status };
            const answer = sink.answer === undefined ? own : sink.answer(received, before);
            if (answer === null) return;
            const body = answer.json === undefined ? '' : JSON.stringify(answer.json);
            response.writeHead(answer.status, answer.headers).end(body);
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
