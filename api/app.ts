import express, { Router, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { DomainError } from '#domain/errors.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import { createApiKeys } from './auth.ts';
import type { AppDeps } from './deps.ts';
import { createOnce } from './idempotency.ts';
import { describeApi } from './openapi.ts';
import { observeRequests } from './observe-requests.ts';
import { createProblemHandler } from './problem.ts';
import { mountRoutes, type Route } from './route.ts';
import { createConfirmRouter } from './routes/confirm-router.ts';
import { createDemoRouter } from './routes/demo-router.ts';
import { createDocsRouter } from './routes/docs-router.ts';
import { createHealthRouter } from './routes/health-router.ts';
import { exportKeyRoutes } from './routes/export-key-routes.ts';
import { exportRoutes } from './routes/export-routes.ts';
import { campaignRoutes } from './routes/campaign-routes.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { gateRoutes } from './routes/gate-routes.ts';
import { erasureRoutes } from './routes/erasure-routes.ts';
import { importRoutes } from './routes/import-routes.ts';
import { journeyRoutes } from './routes/journey-routes.ts';
import { journeyStatusRoutes } from './routes/journey-status-routes.ts';
import { conflictRoutes } from './routes/conflict-routes.ts';
import { mergeRoutes } from './routes/merge-routes.ts';
import { createLinkRouter } from './routes/link-router.ts';
import { createMailPageRouter } from './routes/mail-page-router.ts';
import { createMailReportRouter } from './routes/mail-report-router.ts';
import { mailRoutes } from './routes/mail-routes.ts';
import { messageRoutes } from './routes/message-routes.ts';
import { createMetricsRouter } from './routes/metrics-router.ts';
import { createPreferencePageRouter } from './routes/preference-page-router.ts';
import { preferenceRoutes } from './routes/preference-routes.ts';
import { profilePartRoutes } from './routes/profile-part-routes.ts';
import { profileRoutes } from './routes/profile-routes.ts';
import { profileSearchRoutes } from './routes/profile-search-routes.ts';
import { productRoutes } from './routes/product-routes.ts';
import { productWriteRoutes } from './routes/product-write-routes.ts';
import { providerRoutes } from './routes/provider-routes.ts';
import { reconcileRoutes } from './routes/reconcile-routes.ts';
import { createReportKeysRouter } from './routes/report-keys-router.ts';
import { runRoutes } from './routes/run-routes.ts';
import { createSandboxRouter } from './routes/sandbox-router.ts';
import { segmentCountRoutes } from './routes/segment-count-routes.ts';
import { segmentDecisionRoutes } from './routes/segment-decision-routes.ts';
import { segmentMemberRoutes } from './routes/segment-member-routes.ts';
import { segmentRoutes } from './routes/segment-routes.ts';
import { segmentSizeRoutes } from './routes/segment-size-routes.ts';
import { sendRoutes } from './routes/send-routes.ts';
import { sendingRoutes } from './routes/sending-routes.ts';
import { sourcePullRoutes } from './routes/source-pull-routes.ts';
import { sourceRoutes } from './routes/source-routes.ts';
import { statusRoutes } from './routes/status-routes.ts';
import { suppressionRoutes } from './routes/suppression-routes.ts';
import { supportRoutes } from './routes/support-routes.ts';
import { taskRoutes } from './routes/task-routes.ts';
import { blockRoutes } from './routes/block-routes.ts';
import { templateRoutes } from './routes/template-routes.ts';
import { templatePreviewRoutes } from './routes/template-preview-routes.ts';
import { templateTestRoutes } from './routes/template-test-routes.ts';
import { templateVersionRoutes } from './routes/template-version-routes.ts';
import { createTextRouter } from './routes/text-router.ts';
import { createUnsubscribeRouter } from './routes/unsubscribe-router.ts';
import { voucherRoutes } from './routes/voucher-routes.ts';
import { webhookDeliveryRoutes } from './routes/webhook-delivery-routes.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoint-routes.ts';
import { createWebhookRouter } from './routes/webhook-router.ts';
import { webhookValidateRoutes } from './routes/webhook-validate-routes.ts';
import { createSdkRouter } from './site/sdk-router.ts';

/** Version of the API's contract, shown in its description. */
export const API_VERSION = '1.0.0';

/** Every typed operation, in the order of the description. */
export function allRoutes(deps: AppDeps): Route[] {
  return [
    ...journeyRoutes(deps),
    ...journeyStatusRoutes(deps),
    ...templateRoutes(deps),
    ...templateVersionRoutes(deps),
    ...templatePreviewRoutes(deps),
    ...templateTestRoutes(deps),
    ...blockRoutes(deps),
    ...voucherRoutes(deps),
    ...profileRoutes(deps),
    ...profileSearchRoutes(deps),
    ...profilePartRoutes(deps),
    ...preferenceRoutes(deps),
    ...erasureRoutes(deps),
    ...mergeRoutes(deps),
    ...conflictRoutes(deps),
    ...segmentRoutes(deps),
    ...segmentSizeRoutes(deps),
    ...segmentCountRoutes(deps),
    ...segmentMemberRoutes(deps),
    ...segmentDecisionRoutes(deps),
    ...reconcileRoutes(deps),
    ...importRoutes(deps),
    // Before the tables, so that `keys` is none of them.
    ...exportKeyRoutes(deps),
    ...exportRoutes(deps),
    ...webhookEndpointRoutes(deps),
    ...webhookDeliveryRoutes(deps),
    ...webhookValidateRoutes(deps),
    ...productRoutes(deps),
    ...productWriteRoutes(deps),
    ...sourceRoutes(deps),
    ...sourcePullRoutes(deps),
    ...runRoutes(deps),
    ...taskRoutes(deps),
    ...messageRoutes(deps),
    ...sendRoutes(deps),
    ...campaignRoutes(deps),
    ...gateRoutes(deps),
    ...sendingRoutes(deps),
    ...suppressionRoutes(deps),
    ...supportRoutes(deps),
    ...statusRoutes(deps),
    ...providerRoutes(deps),
    ...mailRoutes(deps),
    ...auditRoutes(deps),
  ];
}

/** The whole HTTP API. Tracking comes first: it is the hot path and brings its own checks. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(observeRequests(deps.logger, deps.metrics));
  app.use(deps.tracking);
  app.use(securityHeaders());

  const routes = allRoutes(deps);
  const keys = apiKeys(deps.config);
  const typed = Router();
  mountRoutes(typed, routes, {
    keys,
    once: createOnce(deps.mongo.db, deps.clock, linkSecrets(deps.config)),
  });

  app.use(createHealthRouter(deps));
  app.use(createMetricsRouter(deps));
  app.use(createReportKeysRouter(deps));
  app.use(createDocsRouter(describeApi(routes, API_VERSION)));
  app.use(createWebhookRouter(deps));
  app.use(createMailReportRouter(deps));
  app.use(deps.site);
  app.use(createSdkRouter());
  app.use(createDemoRouter(deps));
  app.use(createTextRouter(deps));
  app.use(createUnsubscribeRouter(deps));
  app.use(createPreferencePageRouter(deps));
  app.use(createConfirmRouter(deps));
  app.use(createLinkRouter(deps));
  app.use(createMailPageRouter(deps, keys));
  app.use(createSandboxRouter(deps, keys));
  app.use(typed);
  app.use(() => {
    throw new DomainError('not-found', 'There is nothing at this address. See /docs.');
  });
  app.use(createProblemHandler(deps.logger));
  return app;
}

/** The keys in force, and those that are being changed over from. */
function apiKeys(config: AppDeps['config']): ReturnType<typeof createApiKeys> {
  const { KAIROS_WRITE_KEY, KAIROS_BROWSER_KEY } = config;
  const tracking = [KAIROS_WRITE_KEY, KAIROS_BROWSER_KEY].filter((key) => key !== undefined);
  return createApiKeys(
    [config.KAIROS_ADMIN_KEY, ...config.KAIROS_ADMIN_KEY_PREVIOUS],
    [...tracking, ...config.KAIROS_WRITE_KEY_PREVIOUS, ...config.KAIROS_BROWSER_KEY_PREVIOUS],
  );
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
