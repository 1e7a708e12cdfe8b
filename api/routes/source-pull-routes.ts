import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { parseNewSource, Source } from '#domain/source/source.ts';
import { definitionOf } from '#sources/source-store.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { PullView, viewPull } from '../source-views.ts';
import { sourceBody, SourceKeyParam } from './source-routes.ts';

const PreviewView = z.object({
  columns: z.array(z.string()),
  ignored: z.array(z.string()).describe('Columns that nothing is taken from.'),
  rows: z.array(
    z.object({
      row: z.number().int(),
      outcome: z.enum(['accepted', 'rejected', 'skipped']),
      cells: z.record(z.string(), z.unknown()).describe('As they were read.'),
      makes: z.unknown().describe('The tracking call, line of an order or product it would be.'),
      changes: z.array(z.object({ column: z.string(), change: z.string() })),
      problem: z.object({ column: z.string().nullable(), detail: z.string() }).nullable(),
    }),
  ),
});

/** Asking for a pull, trying a source out, and what became of its pulls. */
export function sourcePullRoutes(deps: AppDeps): Route[] {
  return [pullRoute(deps), previewRoute(deps), ...reportRoutes(deps)];
}

function pullRoute({ sources }: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/sources/{key}/pull',
    id: 'pullSource',
    tag: 'Sources',
    summary: 'Pull a source now',
    description:
      'Also where it is paused. While a pull is under way the next begins right after it. `from: start` reads every row anew, as after a change of the map.',
    scope: 'sources:write',
    params: SourceKeyParam,
    body: {
      schema: z.strictObject({ from: z.enum(['last', 'start']).default('last') }).optional(),
      optional: true,
    },
    status: 202,
    reply: z.object({ key: z.string() }),
    errors: ['not-found'],
    async handle({ params: { key }, body }) {
      await sources.pull(key, body?.from === 'start');
      return { body: { key }, headers: { Location: `/v1/sources/${key}/pulls` } };
    },
  });
}

function previewRoute({ sources }: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/sources/{key}/preview',
    id: 'previewSource',
    tag: 'Sources',
    summary: 'Connect to a source, and see what its map makes of the first ten rows',
    description:
      'Nothing is taken in. A body is a definition to try before it is stored; without one the stored definition is tried.',
    scope: 'sources:write',
    params: SourceKeyParam,
    body: {
      ...sourceBody,
      schema: Source.optional(),
      parse: (input) => (input === undefined ? undefined : parseNewSource(input)),
      optional: true,
    },
    status: 200,
    reply: PreviewView,
    errors: ['not-found'],
    async handle({ params: { key }, body }) {
      const source = body ?? definitionOf(await sources.read(key));
      const { columns, ignored, rows } = await sources.preview(source);
      const shown = rows.map(({ changes, ...row }) => ({ ...row, changes: [...changes] }));
      return { body: { columns: [...columns], ignored: [...ignored], rows: shown } };
    },
  });
}

function reportRoutes({ sources }: AppDeps): Route[] {
  const read = { method: 'get', tag: 'Sources', scope: 'sources:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/sources/{key}/pulls',
      id: 'listPulls',
      summary: 'What became of the pulls of a source, newest first',
      params: SourceKeyParam,
      query: z.strictObject(pageQuery),
      reply: listOf(PullView),
      errors: ['not-found'],
      async handle({ params: { key }, query }) {
        await sources.read(key);
        return { body: pageReply(await sources.pulls.list(key, pageRequest(query)), viewPull) };
      },
    }),
    route({
      ...read,
      path: '/v1/sources/{key}/pulls/{id}',
      id: 'readPull',
      summary: 'How far one pull is, and what became of its rows',
      params: z.object({ key: z.string().max(200), id: z.string().max(100) }),
      reply: PullView,
      errors: ['not-found'],
      async handle({ params: { key, id } }) {
        const pull = await sources.pulls.find(id);
        if (pull?.source !== key) throw new DomainError('not-found', 'There is no such pull.');
        return { body: viewPull(pull) };
      },
    }),
  ];
}
