import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import { Webhook, WebhookEndpoint } from '#domain/webhook/endpoint.ts';
import { warnListens } from '#domain/webhook/listen.ts';
import { segmentKeys } from '#domain/segment/segments-now.ts';
import { GoogleAnalytics } from '#domain/webhook/google-analytics.ts';
import { checkAddress } from '#platform/outbound-address.ts';
import type { StoredEndpoint } from '#webhooks/webhook-document.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Warnings } from '../segment-views.ts';
import { Instant, iso, isoOrNull } from '../views.ts';

export const EndpointParam = z.object({ id: z.string().max(100) });

const STATE = {
  id: z.string(),
  status: z
    .enum(['active', 'paused', 'disabled'])
    .describe('`paused`: deliveries wait; `disabled`: nothing more is written down for it.'),
  disabledReason: z
    .enum(['gone', 'failing'])
    .nullable()
    .describe('`gone`: it answered 410; `failing`: nothing was taken for three days.'),
  disabledAt: Instant.nullable(),
  failingSince: Instant.nullable().describe('Null: the last try was taken, or there was none.'),
  createdAt: Instant,
  updatedAt: Instant,
  warnings: Warnings.optional(),
};

const WebhookView = Webhook.extend({ kind: z.literal('webhook'), ...STATE });
const GoogleView = GoogleAnalytics.omit({ apiSecret: true }).extend(STATE);
const EndpointView = z.discriminatedUnion('kind', [WebhookView, GoogleView]);

const WithSecret = z.discriminatedUnion('kind', [
  WebhookView.extend({
    secret: z.string().describe('Signs every delivery. Shown here and never again.'),
  }),
  GoogleView,
]);

function viewEndpoint(endpoint: StoredEndpoint): z.infer<typeof EndpointView> {
  const { url, description, listens, imported } = endpoint;
  const said = { url, description, listens, imported };
  if (endpoint.kind !== 'googleAnalytics') {
    return { kind: 'webhook', ...said, include: endpoint.include, ...viewState(endpoint) };
  }
  const { kind, measurementId, names, userId, consent } = endpoint;
  return { kind, measurementId, ...said, names, userId, consent, ...viewState(endpoint) };
}

function viewState(endpoint: StoredEndpoint): z.infer<z.ZodObject<typeof STATE>> {
  return {
    id: endpoint._id,
    status: endpoint.status,
    disabledReason: endpoint.disabledReason,
    disabledAt: isoOrNull(endpoint.disabledAt),
    failingSince: isoOrNull(endpoint.failingSince),
    createdAt: iso(endpoint.createdAt),
    updatedAt: iso(endpoint.updatedAt),
  };
}

export function unknownEndpoint(): DomainError {
  return new DomainError('not-found', 'There is no such webhook endpoint.');
}

function found(endpoint: StoredEndpoint | null): StoredEndpoint {
  if (endpoint === null) throw unknownEndpoint();
  return endpoint;
}

const write = { tag: 'Webhook endpoints', scope: 'webhooks:write' } as const;
const read = {
  method: 'get',
  tag: 'Webhook endpoints',
  scope: 'webhooks:read',
  status: 200,
} as const;

const body = {
  schema: WebhookEndpoint,
  examples: {
    orders: {
      url: 'https://shop.example/hooks/kairos',
      listens: [{ event: 'Order Completed', where: { 'properties.revenue': { gte: 50 } } }],
    },
    segments: {
      url: 'https://crm.example/kairos',
      listens: [{ segment: { enters: 'vip' } }, { segment: { leaves: 'vip' } }],
      include: ['identities', 'attributes'],
    },
    googleAnalytics: {
      kind: 'googleAnalytics',
      measurementId: 'G-EXAMPLE123',
      apiSecret: 'from-the-data-stream',
      listens: [{ event: 'Order Completed' }, { segment: { enters: 'vip' } }],
    },
  },
};

/** Addresses that are told of events. */
export function webhookEndpointRoutes(deps: AppDeps): Route[] {
  return [createRoute(deps), ...readingRoutes(deps), changeRoute(deps), ...switchRoutes(deps)];
}

/** What of a definition will tell nothing as things are. */
async function warningsOf(
  { segments }: AppDeps,
  { listens }: WebhookEndpoint,
): Promise<z.infer<typeof Warnings>> {
  return warnListens(listens, segmentKeys(await segments.definitions()));
}

function createRoute(deps: AppDeps): Route {
  const { endpoints, clock } = deps;
  return route({
    ...write,
    method: 'post',
    path: '/v1/webhook-endpoints',
    id: 'createWebhookEndpoint',
    summary: 'Have an address told of events and of who enters and leaves segments',
    description:
      'Each is a POST, signed as the Standard Webhooks specification says, at least once: repeats have the same `webhook-id`. Every event accepted after the answer is told.',
    body,
    idempotent: true,
    status: 201,
    reply: WithSecret,
    errors: ['conflict'],
    async handle({ body: said }) {
      if (said.kind === 'googleAnalytics' && said.apiSecret === undefined) {
        const detail = 'Google takes nothing without the API secret of the data stream.';
        throw invalid('The body is not right.', [{ pointer: '#/apiSecret', detail }]);
      }
      await checkAddress(said.url, endpoints.rules);
      // Read before: once it is made, nothing may come between its secret and whoever asked.
      const warnings = await warningsOf(deps, said);
      const created = viewWithSecret(await endpoints.store.create(said, clock()));
      return { body: { ...created, warnings } };
    },
  });
}

/** The secret that Kairos made; another's is never shown. */
function viewWithSecret(endpoint: StoredEndpoint): z.infer<typeof WithSecret> {
  const view = viewEndpoint(endpoint);
  if (view.kind === 'googleAnalytics') return view;
  return { ...view, secret: endpoint.secrets[0]?.secret ?? '' };
}

function readingRoutes({ endpoints: { store } }: AppDeps): Route[] {
  return [
    route({
      ...read,
      path: '/v1/webhook-endpoints',
      id: 'listWebhookEndpoints',
      summary: 'List webhook endpoints, and which of them fail',
      query: z.strictObject(pageQuery),
      reply: listOf(EndpointView),
      async handle({ query }) {
        return { body: pageReply(await store.list(pageRequest(query)), viewEndpoint) };
      },
    }),
    route({
      ...read,
      path: '/v1/webhook-endpoints/{id}',
      id: 'readWebhookEndpoint',
      summary: 'Read one webhook endpoint',
      params: EndpointParam,
      reply: EndpointView,
      errors: ['not-found'],
      async handle({ params: { id } }) {
        return { body: viewEndpoint(found(await store.find(id))) };
      },
    }),
  ];
}

function changeRoute(deps: AppDeps): Route {
  const { endpoints, clock } = deps;
  return route({
    ...write,
    method: 'put',
    path: '/v1/webhook-endpoints/{id}',
    id: 'changeWebhookEndpoint',
    summary: 'Change where a webhook endpoint is, what it listens to and what it is sent',
    description: 'An endpoint keeps its kind.',
    params: EndpointParam,
    body,
    status: 200,
    reply: EndpointView,
    errors: ['not-found', 'conflict'],
    async handle({ params: { id }, body: said }) {
      await checkAddress(said.url, endpoints.rules);
      const warnings = await warningsOf(deps, said);
      const changed = viewEndpoint(found(await endpoints.store.change(id, said, clock())));
      return { body: { ...changed, warnings } };
    },
  });
}

function switchRoutes({ endpoints, clock }: AppDeps): Route[] {
  const { store, deliveries, wake } = endpoints;
  const common = { ...write, params: EndpointParam, status: 200, errors: ['not-found'] } as const;
  return [
    route({
      ...common,
      method: 'post',
      path: '/v1/webhook-endpoints/{id}/pause',
      id: 'pauseWebhookEndpoint',
      summary: 'Let deliveries wait; what happens meanwhile is told after `resume`',
      reply: EndpointView,
      async handle({ params: { id } }) {
        return { body: viewEndpoint(found(await store.pause(id, clock()))) };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/v1/webhook-endpoints/{id}/resume',
      id: 'resumeWebhookEndpoint',
      summary: 'Go on after `pause`, or after the endpoint was switched off',
      reply: EndpointView,
      async handle({ params: { id } }) {
        const resumed = found(await store.resume(id, clock()));
        await wake(id);
        return { body: viewEndpoint(resumed) };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/v1/webhook-endpoints/{id}/rotate-secret',
      id: 'rotateWebhookSecret',
      summary: 'Make a new secret; the one before signs beside it for 24 hours',
      reply: WithSecret,
      errors: ['not-found', 'conflict'],
      async handle({ params: { id } }) {
        return { body: viewWithSecret(found(await store.rotate(id, clock()))) };
      },
    }),
    route({
      ...common,
      method: 'delete',
      path: '/v1/webhook-endpoints/{id}',
      id: 'deleteWebhookEndpoint',
      summary: 'Remove a webhook endpoint with its deliveries',
      reply: z.object({ id: z.string() }),
      async handle({ params: { id } }) {
        if (!(await store.remove(id))) throw unknownEndpoint();
        await deliveries.removeOf(id);
        return { body: { id } };
      },
    }),
  ];
}
