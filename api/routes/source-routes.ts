import { z } from 'zod';
import { parseNewSource, Source, SourceKey } from '#domain/source/source.ts';
import type { StoredSource } from '#sources/source-document.ts';
import type { AppDeps } from '../deps.ts';
import { SOURCE_EXAMPLES } from '../examples.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type BodySpec, type Route } from '../route.ts';
import { SourceView, viewSource } from '../source-views.ts';

/** The key of a source in an address: what is none is simply not found. */
export const SourceKeyParam = z.object({ key: z.string().max(200) });

export const sourceBody: BodySpec<Source> = {
  schema: Source,
  parse: parseNewSource,
  examples: SOURCE_EXAMPLES,
};

/** Defining where rows are pulled from, and how each source is. */
export function sourceRoutes(deps: AppDeps): Route[] {
  return [...readingRoutes(deps), putRoute(deps), deleteRoute(deps)];
}

async function view(
  { sources }: AppDeps,
  stored: StoredSource,
): Promise<z.infer<typeof SourceView>> {
  const [nextPullAt, running] = await Promise.all([
    sources.nextPullAt(stored._id),
    sources.running(stored._id),
  ]);
  return viewSource(stored, { nextPullAt, isPulling: running !== null });
}

function readingRoutes(deps: AppDeps): Route[] {
  const read = { method: 'get', tag: 'Sources', scope: 'sources:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/sources',
      id: 'listSources',
      summary: 'List sources by key, and how each one is',
      query: z.strictObject(pageQuery),
      reply: listOf(SourceView),
      async handle({ query }) {
        const page = await deps.sources.list(pageRequest(query));
        const rows = await Promise.all(page.rows.map((stored) => view(deps, stored)));
        return { body: pageReply({ ...page, rows }, (row) => row) };
      },
    }),
    route({
      ...read,
      path: '/v1/sources/{key}',
      id: 'readSource',
      summary: 'Read one source: its definition, its last success and its next pull',
      params: SourceKeyParam,
      reply: SourceView,
      errors: ['not-found'],
      async handle({ params }) {
        return { body: await view(deps, await deps.sources.read(params.key)) };
      },
    }),
  ];
}

function putRoute(deps: AppDeps): Route {
  return route({
    method: 'put',
    path: '/v1/sources/{key}',
    id: 'putSource',
    tag: 'Sources',
    summary: 'Make a source, or change it',
    description:
      'A change of the table, the query, the cursor or the kind begins with the first row again; another change goes on where it is. A pull under way stops. 503 when it is stored, but Temporal cannot be reached: its schedule is set once Temporal is back.',
    scope: 'sources:write',
    params: z.object({ key: SourceKey }),
    body: sourceBody,
    status: 200,
    reply: SourceView,
    errors: ['conflict'],
    async handle({ params: { key }, body }) {
      const { stored, created } = await deps.sources.put(key, body);
      return { body: await view(deps, stored), status: created ? 201 : 200 };
    },
  });
}

function deleteRoute({ sources }: AppDeps): Route {
  return route({
    method: 'delete',
    path: '/v1/sources/{key}',
    id: 'deleteSource',
    tag: 'Sources',
    summary: 'Remove a source and its schedule',
    description: 'What it brought in stays, and so do the reports of its pulls for their 90 days.',
    scope: 'sources:write',
    params: SourceKeyParam,
    status: 200,
    reply: z.object({ key: z.string() }),
    errors: ['not-found'],
    async handle({ params: { key } }) {
      await sources.remove(key);
      return { body: { key } };
    },
  });
}
