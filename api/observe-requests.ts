import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '#platform/logger.ts';
import type { ApiMetrics } from './api-metrics.ts';

/**
 * The forms that machines make: a UUID, nginx's 32 hexadecimal digits, a ULID. Anything freer may
 * be somebody's name or number, and goes into no log.
 */
const REQUEST_ID =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-7][0-9A-HJKMNP-TV-Z]{25})$/i;

/** Asked for every second or by machines: these lines are logged at debug only. */
const PROBES = new Set(['/healthz', '/readyz', '/metrics', '/assets/{file}', '/sdk/{file}']);

/** What a proxy writes for a client that left before its answer; nobody is ever sent it. */
const CLIENT_LEFT = 499;

/**
 * Measures and logs every request, by its route's pattern and never by its address, which names
 * people. A proxy's `X-Request-Id` is taken over when it is one, and answered in any case; it
 * stands in every line of that request. Tracking is logged at debug, for it is thousands a second,
 * unless it failed on our side.
 */
export function observeRequests(logger: Logger, metrics: ApiMetrics): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const given = req.get('x-request-id');
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    res.locals.requestId = requestId;
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      const named: unknown = res.locals.route;
      const route = typeof named === 'string' ? named : 'unmatched';
      const status = res.writableFinished ? res.statusCode : CLIENT_LEFT;
      const ms = performance.now() - startedAt;
      metrics.request({ method: req.method, route, status, seconds: ms / 1_000 });
      const line = { requestId, method: req.method, route, status, ms: Math.round(ms) };
      logger[levelOf(route, status, res.locals.isTracking === true)](line, 'request');
    });
    next();
  };
}

function levelOf(route: string, status: number, isTracking: boolean): 'debug' | 'info' | 'warn' {
  if (PROBES.has(route)) return 'debug';
  if (status >= 500) return 'warn';
  return isTracking ? 'debug' : 'info';
}
