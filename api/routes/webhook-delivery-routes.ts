import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { TEST_EVENT } from '#webhooks/build-payload.ts';
import {
  DELIVERY_REASONS,
  DELIVERY_STATUSES,
  type StoredDelivery,
} from '#webhooks/webhook-document.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, InstantSaid, iso, isoOrNull } from '../views.ts';
import { EndpointParam, unknownEndpoint } from './webhook-endpoint-routes.ts';

const DeliveryView = z.object({
  id: z.string().describe('The `webhook-id`: the same in every try and replay.'),
  event: z.string(),
  eventId: z.string().nullable().describe('Null: a test.'),
  profileId: z.string().nullable(),
  status: z.enum(DELIVERY_STATUSES),
  reason: z.enum(DELIVERY_REASONS).nullable().describe('Why it failed for good or was skipped.'),
  tries: z.number().int().describe('Since it was made, or last replayed.'),
  replays: z.number().int(),
  nextAt: Instant.nullable().describe('When it is tried next; null: no more.'),
  history: z
    .array(
      z.object({
        at: Instant,
        status: z.number().int().nullable().describe('What it answered; null: nothing.'),
        fault: z.string().nullable().describe('A code where nothing was answered.'),
        ms: z.number().describe('How long it took.'),
      }),
    )
    .describe('The latest twelve tries, oldest first.'),
  createdAt: Instant,
  deliveredAt: Instant.nullable(),
});

function viewDelivery(delivery: StoredDelivery): z.infer<typeof DeliveryView> {
  const { _id: id, event, eventId, profileId, status, reason, tries, replays } = delivery;
  return {
    ...{ id, event, eventId, profileId, status, reason, tries, replays },
    nextAt: status === 'pending' ? iso(delivery.nextAt) : null,
    history: delivery.history.map((made) => ({ ...made, at: iso(made.at) })),
    createdAt: iso(delivery.createdAt),
    deliveredAt: isoOrNull(delivery.deliveredAt),
  };
}

const ONE_OF = 'Write one of { delivery: ID }, { failed: true } and { since: INSTANT }.';

/** Exactly one of three. */
const Replay = z.union(
  [
    z.strictObject({ delivery: z.string({ error: ONE_OF }).min(1).max(100) }),
    z.strictObject({ failed: z.literal(true) }),
    z.strictObject({ since: InstantSaid }),
  ],
  { error: ONE_OF },
);

const common = { tag: 'Webhook endpoints', errors: ['not-found'] } as const;

/** What was told to webhook endpoints, and telling it again. */
export function webhookDeliveryRoutes(deps: AppDeps): Route[] {
  return [...readingRoutes(deps), replayRoute(deps), testRoute(deps)];
}

function readingRoutes({ endpoints }: AppDeps): Route[] {
  const read = { ...common, method: 'get', scope: 'webhooks:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/webhook-endpoints/{id}/deliveries',
      id: 'listWebhookDeliveries',
      summary: 'What a webhook endpoint was told, newest first',
      params: EndpointParam,
      query: z.strictObject({ ...pageQuery, status: z.enum(DELIVERY_STATUSES).optional() }),
      reply: listOf(DeliveryView),
      async handle({ params: { id }, query }) {
        await known(endpoints, id);
        const request = { ...pageRequest(query), status: query.status };
        return { body: pageReply(await endpoints.deliveries.list(id, request), viewDelivery) };
      },
    }),
    route({
      ...read,
      path: '/v1/webhook-endpoints/{id}/deliveries/{delivery}',
      id: 'readWebhookDelivery',
      summary: 'One delivery with its tries',
      params: EndpointParam.extend({ delivery: z.string().max(100) }),
      reply: DeliveryView,
      async handle({ params: { id, delivery } }) {
        const read = await endpoints.deliveries.find(id, delivery);
        if (read === null) throw new DomainError('not-found', 'There is no such delivery.');
        return { body: viewDelivery(read) };
      },
    }),
  ];
}

async function known({ store }: AppDeps['endpoints'], id: string): Promise<void> {
  if ((await store.find(id)) === null) throw unknownEndpoint();
}

function replayRoute({ endpoints, clock }: AppDeps): Route {
  return route({
    ...common,
    method: 'post',
    path: '/v1/webhook-endpoints/{id}/replay',
    id: 'replayWebhooks',
    summary: 'Tell again: one delivery, all that failed, or all since an instant',
    description:
      'With the same `webhook-id` as before: a receiver that remembers ids takes only what it has not got. Deliveries can be replayed for 30 days.',
    scope: 'webhooks:write',
    params: EndpointParam,
    body: {
      schema: Replay,
      examples: { failed: { failed: true }, since: { since: '2026-11-22T10:00:00.000Z' } },
    },
    status: 202,
    reply: z.object({ replayed: z.number().int() }),
    async handle({ params: { id }, body }) {
      await known(endpoints, id);
      const ask = 'since' in body ? { since: Date.parse(body.since) } : body;
      const replayed = await endpoints.deliveries.replay(id, ask, clock());
      if (replayed === 0 && 'delivery' in body)
        throw new DomainError('not-found', 'There is no such delivery.');
      await endpoints.wake(id);
      return { body: { replayed } };
    },
  });
}

function testRoute({ endpoints, clock }: AppDeps): Route {
  return route({
    ...common,
    method: 'post',
    path: '/v1/webhook-endpoints/{id}/test',
    id: 'testWebhookEndpoint',
    summary: `Tell an endpoint of a made-up event, \`${TEST_EVENT}\``,
    description: 'Its deliveries tell what came of it.',
    scope: 'webhooks:write',
    params: EndpointParam,
    status: 202,
    reply: z.object({ event: z.string() }),
    errors: ['not-found', 'conflict'],
    async handle({ params: { id } }) {
      const endpoint = await endpoints.store.find(id);
      if (endpoint === null) throw unknownEndpoint();
      if (endpoint.kind === 'googleAnalytics') {
        const detail = 'What Google thinks of an event is asked by `POST …/validate`.';
        throw new DomainError('conflict', detail);
      }
      const now = clock();
      const test = { endpoint: id, eventId: null, event: TEST_EVENT, profileId: null };
      await endpoints.deliveries.insert([{ ...test, at: now, place: 0 }], now);
      await endpoints.wake(id);
      return { body: { event: TEST_EVENT } };
    },
  });
}
