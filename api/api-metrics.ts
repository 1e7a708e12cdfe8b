import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { WEBHOOK_NAMES } from '#channels/catalogue.ts';
import { MAIL_REPORTS } from '#channels/email/read-mail-report.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { boundedLabel } from '#platform/metrics/bounded-label.ts';
import { DURATION_BUCKETS } from '#platform/metrics.ts';

/** More than there are routes: what names one is set by us, and this is the fence behind it. */
const ROUTES_MAX = 200;

/** Anybody may send a word of their own as method. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What became of a provider's webhook: its signature is right, wrong, or it could not be stored. */
export type WebhookResult = 'accepted' | 'refused' | 'failed';

/** What the API counts. Labels are words of our own, never anything of a customer. */
export interface ApiMetrics {
  readonly registry: Registry;
  /** `route` is a pattern; `seconds` until the answer was handed to the system. */
  request(seen: { method: string; route: string; status: number; seconds: number }): void;
  accepted(events: readonly Pick<StoredEvent, 'kind' | 'source'>[]): void;
  rejected(calls: number): void;
  webhook(provider: string, result: WebhookResult): void;
  receipts(provider: string, told: { accepted: number; ignored: number }): void;
  /** How many browsers and apps are told of new messages live. */
  siteStreams(open: number): void;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'kairos_http_requests_total',
    help: 'Answers of the API; 499 where the client left before its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'kairos_http_request_duration_seconds',
    help: 'Time from the head of a request to its answer.',
    labelNames: ['method', 'route'] as const,
    buckets: DURATION_BUCKETS,
    registers,
  });
  const accepted = new Counter({
    name: 'kairos_events_accepted_total',
    help: 'Events made durable, repeats of known ones included, by kind of call and who let them in.',
    labelNames: ['kind', 'source'] as const,
    registers,
  });
  const rejected = new Counter({
    name: 'kairos_events_rejected_total',
    help: 'Tracking calls that were refused because of what they say.',
    registers,
  });
  const webhooks = new Counter({
    name: 'kairos_webhooks_total',
    help: 'Posts of providers: accepted, refused (signature or form), failed (to be repeated).',
    labelNames: ['provider', 'result'] as const,
    registers,
  });
  const receipts = new Counter({
    name: 'kairos_webhook_receipts_total',
    help: 'Receipts in the posts of providers; ignored ones are of messages nobody here sent.',
    labelNames: ['provider', 'result'] as const,
    registers,
  });
  // A series that begins with its first event shows no increase: alerts ask for these from 0 on.
  for (const provider of [...WEBHOOK_NAMES, MAIL_REPORTS]) {
    for (const result of ['accepted', 'refused', 'failed']) webhooks.inc({ provider, result }, 0);
  }
  const routeLabel = boundedLabel(ROUTES_MAX);
  return {
    registry,
    request(seen) {
      const method = METHODS.has(seen.method) ? seen.method : 'other';
      const route = routeLabel(seen.route);
      requests.inc({ method, route, status: String(seen.status) });
      seconds.observe({ method, route }, seen.seconds);
    },
    accepted(events) {
      for (const { kind, source } of events) accepted.inc({ kind, source });
    },
    rejected: (calls) => {
      if (calls > 0) rejected.inc(calls);
    },
    webhook: (provider, result) => {
      webhooks.inc({ provider, result });
    },
    receipts(provider, told) {
      if (told.accepted > 0) receipts.inc({ provider, result: 'accepted' }, told.accepted);
      if (told.ignored > 0) receipts.inc({ provider, result: 'ignored' }, told.ignored);
    },
    siteStreams: countStreams(registry),
  };
}

function countStreams(registry: Registry): ApiMetrics['siteStreams'] {
  const streams = new Gauge({
    name: 'kairos_site_streams',
    help: 'Browsers and apps that are told live of messages on the shop’s pages.',
    registers: [registry],
  });
  return (open) => {
    streams.set(open);
  };
}
