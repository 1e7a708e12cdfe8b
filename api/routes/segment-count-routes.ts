import { z } from 'zod';
import { Condition } from '#domain/condition/condition.ts';
import { invalid } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';
import { CARRIED_CHANNELS } from '#domain/message/message.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { checkCondition } from '#domain/segment/check-segment.ts';
import { warnCondition } from '#domain/segment/warn-segment.ts';
import { segmentKeys, type Given, type SegmentDefinitions } from '#domain/segment/segments-now.ts';
import { countCondition } from '#segments/count-condition.ts';
import { readGateSettings } from '#messages/gate-settings-store.ts';
import { suppressedAmong } from '#messages/suppressed-among.ts';
import { overlapOf, reachOf } from '#segments/measure-segment.ts';
import { identitiesOf, readKeptSegment } from '#segments/read-segment.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { ShareView, viewShare, Warnings } from '../segment-views.ts';
import { SegmentKeyParam } from './segment-routes.ts';

/** Any JSON: the body was parsed from it. */
const AnyJson: z.ZodType<Json> = z.json();

/** What an answer about now is asked with. */
export const asking = {
  context: AnyJson.optional().describe('Facts of the request in hand, such as the order or page.'),
  params: z
    .record(z.string().max(200), AnyJson)
    .optional()
    .describe('Values for `{ param: name }`.'),
};

/** With the shop's settings and the present moment. */
export function given(
  { config, clock }: AppDeps,
  { context, params }: { context?: Json | undefined; params?: Record<string, Json> | undefined },
): Given {
  const settings = {
    shopCurrency: config.KAIROS_CURRENCY,
    defaultZone: config.KAIROS_ZONE,
    consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
  };
  return { context, params, settings, now: clock() };
}

/** Numbers about segments, and about conditions that may become one. */
export function segmentCountRoutes(deps: AppDeps): Route[] {
  return [countRoute(deps), overlapRoute(deps), reachRoute(deps)];
}

function countRoute(deps: AppDeps): Route {
  const { mongo, segments, pastEvents: past } = deps;
  const c = mongo.collections;
  return route({
    method: 'post',
    path: '/v1/segments/count',
    id: 'countCondition',
    tag: 'Segments',
    summary: 'How many customers a condition holds of now, with a few of them',
    description:
      'Any condition, also with events, segments and parameters. What a query cannot say is answered by looking at customers one by one: of many, at some drawn at random, and `exact` says so.',
    scope: 'profiles:read',
    body: {
      schema: z.strictObject({ condition: Condition, ...asking }),
      examples: {
        lapsed: {
          condition: {
            all: [
              { trait: 'orders_count', gte: 2 },
              { not: { event: 'Order Completed', within: 'P60D' } },
            ],
          },
        },
      },
    },
    status: 200,
    reply: z.object({
      count: z.number().int(),
      sample: z.array(z.object({ id: z.string(), identities: z.array(z.string()) })),
      ...ShareView,
      warnings: Warnings,
    }),
    async handle({ body: { condition, ...asked } }) {
      const definitions = await segments.definitions();
      checkAsked(condition, definitions);
      const counting = { collections: c, definitions, past, given: given(deps, asked) };
      const { count, sample, share } = await countCondition(counting, condition);
      const identities = await identitiesOf(c, sample);
      const shown = sample.map((id) => ({ id, identities: identities.get(id) ?? [] }));
      const filled = Object.keys(asked.params ?? {});
      const warnings = warnCondition(condition, { known: segmentKeys(definitions), filled });
      return { body: { count, sample: shown, ...viewShare(share), warnings } };
    },
  });
}

/** @throws DomainError `invalid` with every fault. */
export function checkAsked(condition: Condition, { kept, contextual }: SegmentDefinitions): void {
  const segments = [...kept.segments, ...contextual.segments];
  const definitions = new Map(segments.map((one) => [one.key, one.condition]));
  const faults = checkCondition(condition, { key: null, definitions });
  if (faults.length > 0) throw invalid('The condition is not right.', faults);
}

function overlapRoute({ mongo }: AppDeps): Route {
  const c = mongo.collections;
  return route({
    method: 'get',
    path: '/v1/segments/{key}/overlap',
    id: 'readSegmentOverlap',
    tag: 'Segments',
    summary: 'How many are in two segments: in each, in both, in either',
    description:
      'Counted; of segments so large that counting takes longer than anybody waits, reckoned from customers drawn at random, and `exact` says so.',
    scope: 'segments:read',
    params: SegmentKeyParam,
    query: z.strictObject({ with: z.string().max(200).describe('The key of the other.') }),
    status: 200,
    reply: z.object({
      one: z.number().int(),
      other: z.number().int(),
      both: z.number().int(),
      either: z.number().int(),
      ...ShareView,
    }),
    errors: ['not-found'],
    async handle({ params: { key }, query: { with: other } }) {
      await readKeptSegment(c, key);
      await readKeptSegment(c, other);
      const { overlap, share } = await overlapOf(c, [key, other]);
      return { body: { ...overlap, ...viewShare(share) } };
    },
  });
}

function reachRoute({ mongo }: AppDeps): Route {
  const c = mongo.collections;
  return route({
    method: 'get',
    path: '/v1/segments/{key}/reach',
    id: 'readSegmentReach',
    tag: 'Segments',
    summary: 'How many of a segment each channel can reach',
    description:
      'By address, consent and suppressions (hard bounces, complaints, unsubscribing) as they are now. Caps and preferences are looked at when a message goes out.',
    scope: 'segments:read',
    params: SegmentKeyParam,
    status: 200,
    reply: z.object({
      size: z.number().int(),
      channels: z.array(
        z.object({
          channel: z.enum(CARRIED_CHANNELS),
          withAddress: z.number().int(),
          reachable: z.number().int(),
        }),
      ),
      ...ShareView,
    }),
    errors: ['not-found'],
    async handle({ params: { key } }) {
      await readKeptSegment(c, key);
      const { settings } = await readGateSettings(c);
      const { channels, share } = await reachOf(c, key, {
        consentWhenUnknown: { ...CONSENT_WHEN_UNKNOWN, ...settings.consentWhenUnknown },
        suppressedAmong: (channel, addresses) => suppressedAmong(c, channel, addresses),
      });
      return { body: { size: share.of, channels, ...viewShare(share) } };
    },
  });
}
