import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import type { StoredDrift, StoredReconcile } from '#platform/documents.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

/** People named in one call; for more there are shares. */
const IDENTITIES_MAX = 1_000;

const ReconcileRequest = z
  .strictObject({
    share: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(
        'Of all profiles, 0 to 1; 1 where nothing is said. Less goes on where the last share ended.',
      ),
    identities: z
      .array(z.string().max(500))
      .min(1)
      .max(IDENTITIES_MAX)
      .optional()
      .describe('These customers only, such as `external:42`.'),
    repair: z.boolean().default(false).describe('Put right what is not as the events say.'),
  })
  .refine(({ share, identities }) => share === undefined || identities === undefined, {
    path: ['share'],
    error: 'Say either which share of all, or which customers.',
  })
  .prefault({});

const DriftView = z.object({
  profile: z.string(),
  paths: z.array(z.string()).describe('What is not as the events say, such as `segments.vip`.'),
  repaired: z.boolean(),
  at: Instant,
});

const ReconcileView = z.object({
  id: z.string(),
  by: z.enum(['schedule', 'api']),
  status: z.enum(['running', 'completed']),
  share: z.number().nullable().describe('Of all profiles; null: customers by name.'),
  repair: z.boolean(),
  of: z.number().int().describe('How many it is to look at, about.'),
  looked: z.number().int(),
  drifted: z.number().int().describe('Of these, how many were not as their events say.'),
  repaired: z.number().int(),
  unproven: z
    .number()
    .int()
    .describe(
      'Of these, how many were held against themselves only: their events are not all there.',
    ),
  skipped: z.number().int().describe('Of these, how many nothing could be said of.'),
  kinds: z
    .record(z.string(), z.number().int())
    .describe(
      'Drifted profiles by what of them was wrong: segments, kept, flips, traits, orders …',
    ),
  startedAt: Instant,
  endedAt: Instant.nullable(),
});

const OneReconcileView = ReconcileView.extend({
  drifts: z
    .array(DriftView)
    .describe('Profiles that are untrue still as far as is known: the first 100.'),
});

function viewReconcile(report: StoredReconcile): z.infer<typeof ReconcileView> {
  const { _id: id, who, status, share, repair, of, counts, kinds, startedAt, endedAt } = report;
  return {
    ...{ id, by: who === null ? 'schedule' : 'api', status, share, repair, of, ...counts, kinds },
    startedAt: iso(startedAt),
    endedAt: endedAt === null ? null : iso(endedAt),
  };
}

function viewDrift({ _id: profile, paths, repaired, at }: StoredDrift): z.infer<typeof DriftView> {
  return { profile, paths, repaired, at: iso(at) };
}

/** Whether customers are as their events say. */
export function reconcileRoutes(deps: AppDeps): Route[] {
  return [postRoute(deps), ...readingRoutes(deps)];
}

function postRoute(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/reconciles',
    id: 'postReconcile',
    tag: 'Reconciles',
    summary: 'Look for profiles that are not as their events say',
    description:
      'Profiles are reckoned again from their events, from a checkpoint where old events have expired, and held against what stands. A share of all is looked at each night without being asked. 503 when it is noted, but Temporal cannot be reached: it begins by itself once Temporal is back.',
    scope: 'profiles:write',
    body: {
      schema: ReconcileRequest,
      optional: true,
      examples: { all: {}, some: { identities: ['external:42'], repair: true } },
    },
    status: 202,
    reply: ReconcileView,
    idempotent: true,
    async handle({ body: { share, identities, repair } }) {
      const profiles = identities === undefined ? [] : await profilesOf(deps, identities);
      const wanted = { share: identities === undefined ? (share ?? 1) : null, profiles, repair };
      const id = randomUUID();
      const made = await deps.reconciles.begin({ id, ...wanted, who: 'admin' }, deps.clock());
      await deps.startReconcile(id);
      return { body: viewReconcile(made), headers: { Location: `/v1/reconciles/${id}` } };
    },
  });
}

/** @throws DomainError `invalid` naming every place where nobody is known. */
async function profilesOf(
  { findProfileId }: AppDeps,
  identities: readonly string[],
): Promise<string[]> {
  const found = await Promise.all(identities.map((identity) => findProfileId(identity)));
  const faults = found.flatMap((id, index) =>
    id === null
      ? [{ pointer: `#/identities/${String(index)}`, detail: 'Nobody is known by this identity.' }]
      : [],
  );
  if (faults.length > 0) throw invalid('Not everybody is known.', faults);
  return found.filter((id) => id !== null);
}

function readingRoutes({ reconciles }: AppDeps): Route[] {
  const read = { method: 'get', tag: 'Reconciles', scope: 'profiles:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/reconciles',
      id: 'listReconciles',
      summary: 'List reconciles, newest first',
      query: z.strictObject(pageQuery),
      reply: listOf(ReconcileView),
      async handle({ query }) {
        return { body: pageReply(await reconciles.list(pageRequest(query)), viewReconcile) };
      },
    }),
    route({
      ...read,
      path: '/v1/reconciles/{id}',
      id: 'readReconcile',
      summary: 'What a reconcile found, and how far it is',
      params: z.object({ id: z.string().max(200) }),
      reply: OneReconcileView,
      errors: ['not-found'],
      async handle({ params: { id } }) {
        const report = await reconciles.find(id);
        if (report === null) throw new DomainError('not-found', 'There is no such reconcile.');
        const drifts = (await reconciles.drifts(id)).map(viewDrift);
        return { body: { ...viewReconcile(report), drifts } };
      },
    }),
  ];
}
