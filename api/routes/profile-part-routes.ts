import { z } from 'zod';
import { IDENTITY_KINDS } from '#domain/profile/identity.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import { listEvents } from '#events/list-events.ts';
import { listIdentities } from '#profiles/list-identities.ts';
import { listOrders } from '#profiles/list-orders.ts';
import { readAttributes, viewConsent } from '#profiles/read-profile.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { ConsentView, Instant, iso, Told } from '../views.ts';
import { appliedProfile, ConsentChannel, IdentityParam, knownProfile } from './profile-routes.ts';

const read = {
  method: 'get',
  tag: 'Profiles',
  scope: 'profiles:read',
  params: IdentityParam,
  status: 200,
  errors: ['not-found'],
} as const;

/** What is known of one customer, part by part, with where each piece is from. */
export function profilePartRoutes(deps: AppDeps): Route[] {
  return [
    attributesRoute(deps),
    identitiesRoute(deps),
    consentsRoute(deps),
    consentHistoryRoute(deps),
    ordersRoute(deps),
  ];
}

function attributesRoute(deps: AppDeps): Route {
  return route({
    ...read,
    path: '/v1/profiles/{identity}/attributes',
    id: 'listProfileAttributes',
    summary: 'What was said of a customer: each attribute with when and by whom',
    reply: z.object({
      data: z.array(
        z.object({
          name: z.string(),
          value: z.unknown().describe('Null: it was removed.'),
          ...Told,
        }),
      ),
    }),
    async handle({ params }) {
      return { body: { data: readAttributes(await appliedProfile(deps, params.identity)) } };
    },
  });
}

function identitiesRoute(deps: AppDeps): Route {
  const c = deps.mongo.collections;
  return route({
    ...read,
    path: '/v1/profiles/{identity}/identities',
    id: 'listProfileIdentities',
    summary: 'By what a customer is known, and since when',
    query: z.strictObject(pageQuery),
    reply: listOf(
      z.object({
        id: z.string(),
        kind: z.enum(IDENTITY_KINDS),
        value: z.string(),
        firstSeenAt: Instant,
        own: z.boolean().describe('The customer id that speaks for this profile.'),
        proven: z
          .boolean()
          .describe('False: only a public key has said that it is this customer’s.'),
      }),
    ),
    async handle({ params, query }) {
      const profileId = await knownProfile(deps, params.identity);
      const page = await listIdentities(c, profileId, pageRequest(query));
      return {
        body: pageReply(page, ({ _id, kind, at, externalOf, unproven }) => ({
          id: _id,
          kind: z.enum(IDENTITY_KINDS).parse(kind),
          value: _id.slice(_id.indexOf(':') + 1),
          firstSeenAt: iso(at),
          own: externalOf === profileId,
          proven: unproven !== true,
        })),
      };
    },
  });
}

function consentsRoute(deps: AppDeps): Route {
  return route({
    ...read,
    path: '/v1/profiles/{identity}/consents',
    id: 'listProfileConsents',
    summary: 'What a customer agreed to or refused, by channel, with its proof',
    reply: z.object({ data: z.array(ConsentView.extend({ channel: z.string() })) }),
    async handle({ params }) {
      const { consents } = await appliedProfile(deps, params.identity);
      const data = Object.entries(consents)
        .map(([channel, consent]) => ({ channel, ...viewConsent(consent) }))
        .sort((a, b) => (a.channel < b.channel ? -1 : 1));
      return { body: { data } };
    },
  });
}

const SaidView = ConsentView.extend({
  eventId: z.string(),
  receivedAt: Instant,
  by: z.string().describe('The kind of key it was said with, or `provider`.'),
});

function consentHistoryRoute(deps: AppDeps): Route {
  const c = deps.mongo.collections;
  return route({
    ...read,
    path: '/v1/profiles/{identity}/consents/{channel}',
    id: 'listConsentHistory',
    summary: 'Everything that was said of consent on one channel, newest first',
    description: 'Events that carry a consent are kept for good, so that it can be proven.',
    params: IdentityParam.extend({ channel: ConsentChannel }),
    query: z.strictObject(pageQuery),
    reply: listOf(SaidView),
    async handle({ params: { identity, channel }, query }) {
      const profileId = await knownProfile(deps, identity);
      const page = await listEvents(c, { profileId, consent: channel }, pageRequest(query));
      return {
        body: pageReply(page, ({ _id, occurredAt, receivedAt, source, consents }) => ({
          ...viewConsent({
            ...(consents?.[channel] ?? { granted: false, source: 'unsubscribed' }),
            at: occurredAt,
          }),
          eventId: _id,
          receivedAt: iso(receivedAt),
          by: source,
        })),
      };
    },
  });
}

function ordersRoute(deps: AppDeps): Route {
  const c = deps.mongo.collections;
  return route({
    ...read,
    path: '/v1/profiles/{identity}/orders',
    id: 'listProfileOrders',
    summary: 'What a customer ordered, latest first',
    query: z.strictObject(pageQuery),
    reply: listOf(
      z.object({
        order_id: z.string(),
        at: Instant,
        revenue: z.number().describe('In major units of its currency, as `refunded`.'),
        refunded: z.number(),
        currency: z.string(),
        completed: z.boolean().describe('False while only a refund of it was seen.'),
      }),
    ),
    async handle({ params, query }) {
      const profileId = await knownProfile(deps, params.identity);
      const page = await listOrders(c, profileId, pageRequest(query));
      return {
        body: pageReply(page, ({ orderId, at, revenue, refunded, currency, completed }) => ({
          order_id: orderId,
          at: iso(at),
          revenue: toMajorUnits(revenue, currency),
          refunded: toMajorUnits(refunded, currency),
          currency,
          completed,
        })),
      };
    },
  });
}
