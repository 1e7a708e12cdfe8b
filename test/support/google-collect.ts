import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '#domain/json.ts';
import { googleFaults } from '#domain/webhook/ga4-faults.example.ts';

/** One call that was made of the Measurement Protocol. */
export interface GoogleCall {
  path: string;
  query: Record<string, string>;
  bytes: number;
  body: JsonObject;
}

/** Plays the Measurement Protocol and its validation server, and keeps what it was sent. */
export class GoogleCollect {
  readonly calls: GoogleCall[] = [];
  /** What `/mp/collect` answers: as Google does, 204 to whatever is sent. */
  status = 204;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<GoogleCollect> {
    const server = createServer();
    const collect = new GoogleCollect(server);
    server.on('request', (req, res) => {
      const parts: Buffer[] = [];
      req.on('data', (part: Buffer) => parts.push(part));
      req.on('end', () => {
        const { pathname: path, searchParams } = new URL(req.url ?? '/', collect.url);
        const raw = Buffer.concat(parts);
        const body = JSON.parse(raw.toString()) as JsonObject;
        const query = Object.fromEntries(searchParams);
        collect.calls.push({ path, query, bytes: raw.length, body });
        if (path === '/mp/collect') res.writeHead(collect.status).end();
        else if (path === '/debug/mp/collect') {
          const validationMessages = googleFaults(body, Date.now());
          res.setHeader('content-type', 'application/json');
          res.end(JSON.stringify({ validationMessages }));
        } else res.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collect;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** What a stream was told, by its measurement id. */
  of(measurementId: string): GoogleCall[] {
    return this.calls.filter(({ query }) => query.measurement_id === measurementId);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
