import { z } from 'zod';
import { invalid, type Fault } from '#domain/errors.ts';
import { Journey } from '#domain/journey/journey.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import type { StoredJourney } from '#platform/documents.ts';
import { checkTemplates } from '#journeys/check-templates.ts';
import { findWarnings } from '#journeys/find-warnings.ts';
import { listJourneys, listVersions, readJourney } from '#journeys/journey-store.ts';
import { createJourney, putJourney } from '#journeys/store-journey.ts';
import { createCheckSteps } from '../check-steps.ts';
import type { AppDeps } from '../deps.ts';
import { JOURNEY_EXAMPLE } from '../examples.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, withKey, type BodySpec, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

export const STATUSES = ['draft', 'live', 'paused', 'stopped'] as const;

/** A key in a path: any text; what is none of ours is simply not found. */
export const KeyParam = z.object({ key: z.string().max(200) });

const FaultView = z.object({ pointer: z.string(), detail: z.string() });

const JourneyView = z.object({
  key: z.string(),
  name: z.string(),
  status: z.enum(STATUSES),
  version: z.number().int().describe('The latest published version; 0 before the first.'),
  definition: Journey.describe('The draft: what the next publish will make a version.'),
  warnings: z
    .array(FaultView)
    .describe(
      'What stands in the way of publishing the draft, and parts of it that hold of nobody as things are.',
    ),
  publishedAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});

const JourneySummary = JourneyView.omit({ definition: true, warnings: true });

const VersionView = z.object({
  version: z.number().int(),
  definition: Journey,
  publishedAt: Instant,
});

const journeyBody: BodySpec<Journey> = {
  schema: Journey,
  parse: readDefinition,
  examples: { 'abandoned-cart': JOURNEY_EXAMPLE },
};

/** A definition under its own address may leave out its key. */
function readDefinition(input: unknown, params: Record<string, unknown>): Journey {
  const parsed = parseJourney(withKey(input, params.key));
  if (parsed.ok) return parsed.journey;
  throw invalid('The journey contains mistakes.', parsed.faults);
}

function summary(journey: StoredJourney): z.infer<typeof JourneySummary> {
  return {
    key: journey._id,
    name: journey.draft.name,
    status: journey.status,
    version: journey.version,
    publishedAt: journey.publishedAt === null ? null : iso(journey.publishedAt),
    createdAt: iso(journey.createdAt),
    updatedAt: iso(journey.updatedAt),
  };
}

function view(journey: StoredJourney, warnings: Fault[]): z.infer<typeof JourneyView> {
  return { ...summary(journey), definition: journey.draft, warnings };
}

/** Reading definitions and making them. */
export function journeyRoutes(deps: AppDeps): Route[] {
  return [...readingRoutes(deps), ...makingRoutes(deps)];
}

async function viewOf(deps: AppDeps, journey: StoredJourney): Promise<z.infer<typeof JourneyView>> {
  const c = deps.mongo.collections;
  const [missing, doubtful] = await Promise.all([
    checkTemplates(c, journey.draft),
    findWarnings(c, journey.draft),
  ]);
  const faulty = createCheckSteps(deps)(journey.draft);
  return view(journey, [...missing, ...faulty, ...doubtful]);
}

function readingRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  return [
    route({
      method: 'get',
      path: '/v1/journeys',
      id: 'listJourneys',
      tag: 'Journeys',
      summary: 'List journeys by key',
      scope: 'journeys:read',
      query: z.strictObject(pageQuery),
      status: 200,
      reply: listOf(JourneySummary),
      async handle({ query }) {
        return { body: pageReply(await listJourneys(c, pageRequest(query)), summary) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/journeys/{key}',
      id: 'readJourney',
      tag: 'Journeys',
      summary: 'Read one journey',
      scope: 'journeys:read',
      params: KeyParam,
      status: 200,
      reply: JourneyView,
      errors: ['not-found'],
      async handle({ params }) {
        return { body: await viewOf(deps, await readJourney(c, params.key)) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/journeys/{key}/versions',
      id: 'listVersions',
      tag: 'Journeys',
      summary: 'List the published versions, newest first',
      scope: 'journeys:read',
      params: KeyParam,
      query: z.strictObject(pageQuery),
      status: 200,
      reply: listOf(VersionView),
      errors: ['not-found'],
      async handle({ params, query }) {
        await readJourney(c, params.key);
        const page = await listVersions(c, params.key, pageRequest(query));
        return {
          body: pageReply(page, ({ version, definition, publishedAt }) => ({
            version,
            definition,
            publishedAt: iso(publishedAt),
          })),
        };
      },
    }),
  ];
}

function makingRoutes(deps: AppDeps): Route[] {
  const { mongo, clock } = deps;
  return [
    route({
      method: 'post',
      path: '/v1/journeys',
      id: 'createJourney',
      tag: 'Journeys',
      summary: 'Make a journey as a draft',
      scope: 'journeys:write',
      body: journeyBody,
      status: 201,
      reply: JourneyView,
      errors: ['conflict'],
      idempotent: true,
      async handle({ body }) {
        const journey = await createJourney(mongo, body, clock());
        return {
          body: await viewOf(deps, journey),
          headers: { Location: `/v1/journeys/${body.key}` },
        };
      },
    }),
    route({
      method: 'put',
      path: '/v1/journeys/{key}',
      id: 'putJourney',
      tag: 'Journeys',
      summary: 'Make a journey or change its draft',
      description: 'What is live goes on as it was published. 201 when it is new.',
      scope: 'journeys:write',
      params: KeyParam,
      body: journeyBody,
      status: 200,
      reply: JourneyView,
      async handle({ params, body }) {
        if (body.key !== params.key) {
          const detail = 'The key must be the one in the address; a journey cannot be renamed.';
          throw invalid('The keys differ.', [{ pointer: '#/key', detail }]);
        }
        const { journey, created } = await putJourney(mongo, body, clock());
        return { body: await viewOf(deps, journey), status: created ? 201 : 200 };
      },
    }),
  ];
}
