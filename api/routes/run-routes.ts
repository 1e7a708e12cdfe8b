import { z } from 'zod';
import { RUN_REQUESTED } from '#domain/apply/enter.ts';
import { DomainError } from '#domain/errors.ts';
import type { JsonObject } from '#domain/json.ts';
import { RUN_STATUSES } from '#domain/journey/run.ts';
import { spokenName } from '#domain/profile/identity.ts';
import { findRun, listRuns } from '#journeys/list-runs.ts';
import { checkApiEntry, findRunOfEvent } from '#journeys/start-api-run.ts';
import type { AppDeps } from '../deps.ts';
import { idempotencyId } from '../idempotency.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { RunView, viewRun } from '../views.ts';
import { Identity } from '../identity-word.ts';
import { APPLIED_WITHIN_MS, knownProfile } from './profile-routes.ts';

const Key = z.string().max(200);

/** An entry's properties are an event's: the same bound as a tracked event's 32 KB, by keys. */
const Properties = z.record(z.string().max(200), z.unknown());

const RunRequest = z.strictObject({
  profile: Identity,
  key: z
    .union([z.string().min(1).max(200), z.number()])
    .optional()
    .describe('One run per person and key, where the journey’s re-entry rule asks for it.'),
  properties: Properties.optional().describe('What templates and conditions see as the entry’s.'),
});

export function runRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  const links = {
    ui: deps.config.KAIROS_TEMPORAL_UI,
    namespace: deps.config.TEMPORAL_NAMESPACE,
  };
  return [
    startRun(deps),
    route({
      method: 'get',
      path: '/v1/runs',
      id: 'listRuns',
      tag: 'Runs',
      summary: 'List runs, newest first',
      scope: 'runs:read',
      query: z.strictObject({
        journey: Key.optional(),
        profile: Identity.optional(),
        status: z.enum(RUN_STATUSES).optional(),
        ...pageQuery,
      }),
      status: 200,
      reply: listOf(RunView),
      async handle({ query: { journey, profile, status, ...page } }) {
        const profileId = profile === undefined ? undefined : await deps.findProfileId(profile);
        if (profileId === null) return { body: { data: [], next: null } };
        const found = await listRuns(c, { journey, profileId, status }, pageRequest(page));
        return { body: pageReply(found, (run) => viewRun(run, links)) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/runs/{id}',
      id: 'readRun',
      tag: 'Runs',
      summary: 'Read one run',
      scope: 'runs:read',
      params: z.object({ id: z.string().max(200) }),
      status: 200,
      reply: RunView,
      errors: ['not-found'],
      async handle({ params }) {
        const run = await findRun(c, params.id);
        if (run === null) throw new DomainError('not-found', 'There is no run with this id.');
        return { body: viewRun(run, links) };
      },
    }),
  ];
}

/** A run asked for by the API comes in as an event, so order and re-entry hold as for any other. */
function startRun(deps: AppDeps): Route {
  const c = deps.mongo.collections;
  return route({
    method: 'post',
    path: '/v1/journeys/{key}/runs',
    id: 'startRun',
    tag: 'Runs',
    summary: 'Start a run of a journey whose entry is `api: true`',
    description:
      'The wish is durable when this answers. `id` is null when the re-entry rule lets nobody in, or when the run has not begun within five seconds.',
    scope: 'runs:write',
    params: z.object({ key: Key }),
    body: { schema: RunRequest },
    status: 202,
    reply: z.object({ id: z.string().nullable(), eventId: z.string() }),
    errors: ['not-found', 'conflict'],
    idempotent: true,
    async handle({ params: { key: journey }, body: request, idempotencyKey }) {
      const version = await checkApiEntry(c, journey);
      const profileId = await knownProfile(deps, request.profile);
      const properties: JsonObject = {
        journey,
        version,
        properties: (request.properties ?? {}) as JsonObject,
        ...(request.key === undefined ? {} : { key: String(request.key) }),
      };
      const { id: eventId } = await deps.acceptAdminEvent({
        profileId,
        name: RUN_REQUESTED,
        properties,
        by: spokenName(request.profile),
        ...(idempotencyKey === undefined
          ? {}
          : { id: `run-${idempotencyId(journey, idempotencyKey)}` }),
      });
      await deps.awaitApplied([eventId], APPLIED_WITHIN_MS);
      return { body: { id: await findRunOfEvent(c, { journey, profileId, eventId }), eventId } };
    },
  });
}
