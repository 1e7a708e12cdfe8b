import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { createScrapeCheck } from '#platform/metrics/scrape-key.ts';
import { readinessAnswer } from '#platform/readiness.ts';

/** Temporal's exporter is on the same machine; a scrape waits ten seconds by default. */
const TEMPORAL_TIMEOUT_MS = 2_000;

/** A probe or a scrape sends a line and some headers: a slower client is none. */
const REQUEST_TIMEOUT_MS = 5_000;

export interface ServeMetricsParts {
  /** HOST:PORT to listen on. */
  address: string;
  registry: Registry;
  /** HOST:PORT of the exporter of Temporal's SDK. */
  temporal: string;
  /** Keys that may read the metrics. */
  keys: readonly (string | undefined)[];
  /** What works now, by name; each check ends by itself. */
  check: () => Promise<Record<string, boolean>>;
}

/**
 * A small HTTP server beside the worker: `/healthz` (this process lives), `/readyz` (it can work)
 * for the container's health check, and `/metrics` with our own figures and those of Temporal's SDK
 * in one answer, so that there is one address to scrape.
 */
export async function serveMetrics(parts: ServeMetricsParts): Promise<{ close(): Promise<void> }> {
  const mayScrape = createScrapeCheck(parts.keys);
  const server = createServer((req, res) => {
    const path = (req.url ?? '').split('?')[0];
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    const answer = async (): Promise<void> => {
      if (!isRead) reply(res, 405, { title: 'This server takes GET and HEAD' });
      else if (path === '/healthz') reply(res, 200, { status: 'ok' });
      else if (path === '/readyz') {
        const { status, body } = readinessAnswer(await parts.check());
        reply(res, status, body);
      } else if (path !== '/metrics') reply(res, 404, { title: 'There is no such thing' });
      else if (mayScrape(req.headers.authorization)) await replyMetrics(res, parts);
      else {
        res.setHeader('WWW-Authenticate', 'Bearer realm="kairos"');
        reply(res, 401, { title: 'The metrics key or the admin key is needed' });
      }
    };
    answer().catch(() => {
      res.destroy();
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await listen(server, parts.address);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** `host:port` in its two parts; an IPv6 address stands in brackets. */
function listen(server: Server, address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // A URL leaves out its own default port.
    server.listen(Number(port || 80), hostname.replace(/^\[|\]$/g, ''), () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function reply(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  res.end(JSON.stringify(body));
}

async function replyMetrics(res: ServerResponse, parts: ServeMetricsParts): Promise<void> {
  const [own, temporal] = await Promise.all([
    parts.registry.metrics(),
    temporalMetrics(parts.temporal),
  ]);
  res.writeHead(200, {
    'Content-Type': parts.registry.contentType,
    'Cache-Control': 'no-store',
  });
  res.end(`${own.trimEnd()}\n${temporal}`);
}

/** Empty when the exporter does not answer: our own figures are told all the same. */
async function temporalMetrics(address: string): Promise<string> {
  try {
    const answer = await fetch(`http://${address}/metrics`, {
      signal: AbortSignal.timeout(TEMPORAL_TIMEOUT_MS),
    });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
