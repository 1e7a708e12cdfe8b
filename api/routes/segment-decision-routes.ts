import { z } from 'zod';
import { explainCondition } from '#domain/segment/explain-condition.ts';
import { ASKED, definitionsFor } from '#domain/segment/definitions-for.ts';
import {
  eventsToRead,
  factsNow,
  segmentsNow,
  type EventsByName,
  type Given,
  type SegmentDefinitions,
} from '#domain/segment/segments-now.ts';
import { strayParams } from '#domain/segment/stray-params.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { readSegment } from '#segments/read-segment.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { viewExplained, Warnings, WhyPart } from '../segment-views.ts';
import { Instant, iso } from '../views.ts';
import { Identity } from '../identity-word.ts';
import { appliedProfile } from './profile-routes.ts';
import { asking, given } from './segment-count-routes.ts';

const IdentityParam = z.object({ identity: Identity });

/** Which segments one customer is in, and why. */
export function segmentDecisionRoutes(deps: AppDeps): Route[] {
  return [listRoute(deps), whyRoute(deps), decideRoute(deps)];
}

/** Events that an answer needs beside the profile; most need none, and nothing is read. */
async function readEvents(
  { pastEvents }: AppDeps,
  definitions: SegmentDefinitions,
  { profile, asked }: { profile: Profile; asked: Given },
): Promise<EventsByName> {
  const names = eventsToRead(definitions, profile, asked);
  if (names.size === 0) return () => [];
  const byName = (await pastEvents([profile._id], names)).get(profile._id);
  return (name) => byName?.get(name) ?? [];
}

function listRoute(deps: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/profiles/{identity}/segments',
    id: 'listProfileSegments',
    tag: 'Segments',
    summary: 'The segments one customer is in, and since when',
    scope: 'profiles:read',
    params: IdentityParam,
    status: 200,
    reply: z.object({ data: z.array(z.object({ key: z.string(), since: Instant })) }),
    errors: ['not-found'],
    async handle({ params: { identity } }) {
      const [profile, kept] = await Promise.all([
        appliedProfile(deps, identity),
        deps.segments.catalogue(),
      ]);
      const data = (profile.segments ?? [])
        .filter(({ key }) => kept.has(key))
        .map(({ key, since }) => ({ key, since: iso(since) }));
      return { body: { data } };
    },
  });
}

function whyRoute(deps: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/profiles/{identity}/segments/{key}/why',
    id: 'explainProfileSegment',
    tag: 'Segments',
    summary: 'Why a customer is in a segment or not, condition by condition',
    description:
      'What speaks of the request in hand or of values to be filled in does not hold here, for there is neither.',
    scope: 'profiles:read',
    params: IdentityParam.extend({ key: z.string().max(200) }),
    status: 200,
    reply: z.object({
      key: z.string(),
      member: z.boolean().describe('Whether the customer is in it, as kept.'),
      since: Instant.nullable(),
      holds: z.boolean().describe('Whether its condition holds at this moment.'),
      flipsAt: Instant.nullable().describe('When time alone may change that; null: never.'),
      condition: WhyPart.nullable().describe('Null: static, a list kept by hand.'),
    }),
    errors: ['not-found'],
    async handle({ params: { identity, key } }) {
      const [profile, segment] = await Promise.all([
        appliedProfile(deps, identity),
        readSegment(deps.mongo.collections, key),
      ]);
      const since = (profile.segments ?? []).find((one) => one.key === key)?.since ?? null;
      const kept = { key, member: since !== null, since: since === null ? null : iso(since) };
      if (segment.condition === null) {
        return { body: { ...kept, holds: since !== null, flipsAt: null, condition: null } };
      }
      const definitions = definitionsFor(segment.condition, await deps.segments.definitions());
      const asked = given(deps, {});
      const events = await readEvents(deps, definitions, { profile, asked });
      const segments = segmentsNow(definitions, profile, events, asked);
      segments.delete(ASKED);
      const facts = {
        ...factsNow(definitions, profile, { events, given: asked, segments }),
        segmentFlip: (named: string) => profile.segmentState?.flips[named] ?? null,
      };
      const condition = viewExplained(explainCondition(segment.condition, facts, asked.now));
      const { holds, flipsAt } = condition;
      return { body: { ...kept, holds, flipsAt, condition } };
    },
  });
}

function decideRoute(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/decisions/segments',
    id: 'decideSegments',
    tag: 'Segments',
    summary: 'Which segments a customer is in at this moment, contextual ones included',
    description:
      'Answered from one read of the profile, unless a contextual condition asks for events that no kept segment counts. A segment with values that are not filled in is left out.',
    scope: 'profiles:read',
    body: {
      schema: z.strictObject({ identity: Identity, ...asking }),
      examples: {
        checkout: { identity: 'external:42', context: { order: { category: 'ringtones' } } },
      },
    },
    status: 200,
    reply: z.object({
      segments: z.array(z.string()),
      warnings: Warnings.optional().describe(
        'Values sent by a name that no segment asks for and that is nearly one; absent where there are none.',
      ),
    }),
    errors: ['not-found', 'invalid'],
    async handle({ body: { identity, ...rest } }) {
      const [profile, definitions] = await Promise.all([
        appliedProfile(deps, identity),
        deps.segments.definitions(),
      ]);
      const { params } = rest;
      const warnings =
        params === undefined
          ? []
          : strayParams(Object.keys(params), [...definitions.params.values()].flat());
      const asked = given(deps, rest);
      const events = await readEvents(deps, definitions, { profile, asked });
      const segments = [...segmentsNow(definitions, profile, events, asked)].sort();
      return { body: { segments, ...(warnings.length > 0 && { warnings }) } };
    },
  });
}
