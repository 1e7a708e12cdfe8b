import { randomUUID } from 'node:crypto';
import express, { Router, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { DomainError } from '#domain/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { createApiKeys } from './auth.ts';
import type { AppDeps } from './deps.ts';
import { createOnce } from './idempotency.ts';
import { describeApi } from './openapi.ts';
import { createProblemHandler } from './problem.ts';
import { mountRoutes, type Route } from './route.ts';
import { createDocsRouter } from './routes/docs-router.ts';
import { createHealthRouter } from './routes/health-router.ts';
import { journeyRoutes } from './routes/journey-routes.ts';
import { journeyStatusRoutes } from './routes/journey-status-routes.ts';
import { messageRoutes } from './routes/message-routes.ts';
import { profileRoutes } from './routes/profile-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { createSandboxRouter } from './routes/sandbox-router.ts';
import { templateRoutes } from './routes/template-routes.ts';
import { createUnsubscribeRouter } from './routes/unsubscribe-router.ts';
import { createWebhookRouter } from './routes/webhook-router.ts';

/** Version of the API's contract, shown in its description. */
export const API_VERSION = '1.0.0';

/** Probes come every second; they are logged only when asked for. */
const QUIET = new Set(['/healthz', '/readyz', '/assets/{file}']);

/** Every typed operation, in the order of the description. */
export function allRoutes(deps: AppDeps): Route[] {
  return [
    ...journeyRoutes(deps),
    ...journeyStatusRoutes(deps),
    ...templateRoutes(deps),
    ...profileRoutes(deps),
    ...runRoutes(deps),
    ...messageRoutes(deps),
  ];
}

/** The whole HTTP API. Tracking comes first: it is the hot path and brings its own checks. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(deps.tracking);
  app.use(logRequests(deps.logger), securityHeaders());

  const routes = allRoutes(deps);
  const { KAIROS_ADMIN_KEY, KAIROS_WRITE_KEY, KAIROS_BROWSER_KEY } = deps.config;
  const trackingKeys = [KAIROS_WRITE_KEY, KAIROS_BROWSER_KEY].filter((key) => key !== undefined);
  const keys = createApiKeys(KAIROS_ADMIN_KEY, trackingKeys);
  const typed = Router();
  mountRoutes(typed, routes, { keys, once: createOnce(deps.mongo.db, deps.clock) });

  app.use(createHealthRouter(deps));
  app.use(createDocsRouter(describeApi(routes, API_VERSION)));
  app.use(createWebhookRouter(deps));
  app.use(createUnsubscribeRouter(deps));
  app.use(createSandboxRouter(deps, keys));
  app.use(typed);
  app.use(() => {
    throw new DomainError('not-found', 'There is nothing at this address. See /docs.');
  });
  app.use(createProblemHandler(deps.logger));
  return app;
}

/** Strict for answers of data; pages state their own policy. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // The API itself speaks plain HTTP behind whatever terminates TLS; that one sets HSTS.
    strictTransportSecurity: false,
  });
}

/** One line a request: the route's pattern and never the address, which names people. */
function logRequests(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const requestId = randomUUID();
    res.set('X-Request-Id', requestId);
    res.on('finish', () => {
      const route: unknown = res.locals.route ?? 'unmatched';
      const line = {
        requestId,
        method: req.method,
        route,
        status: res.statusCode,
        ms: Math.round(performance.now() - startedAt),
      };
      if (typeof route === 'string' && QUIET.has(route)) logger.debug(line, 'request');
      else logger.info(line, 'request');
    });
    next();
  };
}
