import { z } from 'zod';
import { invalid } from '#domain/errors.ts';
import { isJsonObject } from '#domain/json.ts';
import { SegmentKey } from '#domain/segment/segment-key.ts';
import { warnCondition } from '#domain/segment/warn-segment.ts';
import { segmentKeys } from '#domain/segment/segments-now.ts';
import { ConditionSegment, Segment, StaticSegment } from '#domain/segment/segment.ts';
import { createCampaignsAwaiting } from '#campaigns/campaigns-awaiting.ts';
import { deleteSegment } from '#segments/delete-segment.ts';
import { putSegment } from '#segments/put-segment.ts';
import {
  listMembers,
  listSegments,
  readKeptSegment,
  readSegment,
  sized,
} from '#segments/read-segment.ts';
import { warnRedefined } from '#segments/warn-redefined.ts';
import type { AppDeps } from '../deps.ts';
import { SEGMENT_EXAMPLES } from '../examples.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { faultsOf, route, type BodySpec, type Route } from '../route.ts';
import { MemberView, SegmentView, viewSegment } from '../segment-views.ts';
import { iso } from '../views.ts';

/** The key of a segment in an address: what is none is simply not found. */
export const SegmentKeyParam = z.object({ key: z.string().max(200) });

const segmentBody: BodySpec<Segment> = {
  schema: Segment,
  parse(input) {
    // One of the two is meant: its mistakes are told, and not that neither fits.
    const isStatic = isJsonObject(input) && 'static' in input;
    const schema: z.ZodType<Segment> = isStatic ? StaticSegment : ConditionSegment;
    const parsed = schema.safeParse(input);
    if (parsed.success) return parsed.data;
    throw invalid('The segment is not right.', faultsOf(schema, input, parsed.error.issues));
  },
  examples: SEGMENT_EXAMPLES,
};

/** Defining segments, and who is in them. */
export function segmentRoutes(deps: AppDeps): Route[] {
  return [...readingRoutes(deps), putRoute(deps), deleteRoute(deps), membersRoute(deps)];
}

function readingRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  const common = { method: 'get', tag: 'Segments', scope: 'segments:read', status: 200 } as const;
  return [
    route({
      ...common,
      path: '/v1/segments',
      id: 'listSegments',
      summary: 'List segments by key, with their sizes',
      query: z.strictObject(pageQuery),
      reply: listOf(SegmentView),
      async handle({ query }) {
        return { body: pageReply(await listSegments(c, pageRequest(query)), viewSegment) };
      },
    }),
    route({
      ...common,
      path: '/v1/segments/{key}',
      id: 'readSegment',
      summary: 'Read one segment: its definition, size, and how far it is filled',
      params: SegmentKeyParam,
      reply: SegmentView,
      errors: ['not-found'],
      async handle({ params }) {
        return { body: await viewWarned(deps, params.key) };
      },
    }),
  ];
}

/** One segment, with what may be meant otherwise in it. */
async function viewWarned(deps: AppDeps, key: string): Promise<z.infer<typeof SegmentView>> {
  const c = deps.mongo.collections;
  const found = await sized(c, await readSegment(c, key));
  const { condition } = found.segment;
  if (condition === null) return viewSegment(found);
  const known = segmentKeys(await deps.segments.definitions());
  return { ...viewSegment(found), warnings: warnCondition(condition, { known, filled: null }) };
}

function putRoute(deps: AppDeps): Route {
  const { mongo, clock } = deps;
  return route({
    method: 'put',
    path: '/v1/segments/{key}',
    id: 'putSegment',
    tag: 'Segments',
    summary: 'Make a segment, or change it',
    description:
      'Every event accepted after the answer is seen by it. Those who are in it already are found in the background: `status` is `filling` until everybody was looked at. Whom a change of the condition brings in or out begins no run by it and ends none; `warnings` names live journeys that go by the segment. 503 when it is stored, but Temporal cannot be reached: it fills by itself once Temporal is back.',
    scope: 'segments:write',
    params: z.object({ key: SegmentKey }),
    body: segmentBody,
    status: 200,
    reply: SegmentView,
    async handle({ params: { key }, body }) {
      const definition = { key, segment: body, at: clock() };
      const { segment, created, isRedefined, isForgotten } = await putSegment(mongo, definition);
      const { generation, filledAt } = segment;
      if (filledAt === null) await deps.startFill({ generation });
      if (isForgotten) await deps.startFill({ generation, removed: key });
      const view = await viewWarned(deps, key);
      const redefined = isRedefined ? await warnRedefined(mongo.collections, key) : [];
      const warned = redefined.length > 0 && {
        warnings: [...redefined, ...(view.warnings ?? [])],
      };
      return { body: { ...view, ...warned }, status: created ? 201 : 200 };
    },
  });
}

function deleteRoute(deps: AppDeps): Route {
  return route({
    method: 'delete',
    path: '/v1/segments/{key}',
    id: 'deleteSegment',
    tag: 'Segments',
    summary: 'Remove a segment that nothing uses',
    description:
      'Whoever was in it is in it no more, without a `Segment Left`. 409 while a live journey, another segment or a campaign that has not begun names it.',
    scope: 'segments:write',
    params: SegmentKeyParam,
    status: 200,
    reply: z.object({ key: z.string() }),
    errors: ['not-found', 'conflict'],
    async handle({ params: { key } }) {
      const generation = await deleteSegment(
        deps.mongo,
        key,
        deps.clock(),
        createCampaignsAwaiting(deps.mongo.db),
      );
      await deps.startFill({ generation, removed: key });
      return { body: { key } };
    },
  });
}

function membersRoute({ mongo }: AppDeps): Route {
  const c = mongo.collections;
  return route({
    method: 'get',
    path: '/v1/segments/{key}/profiles',
    id: 'listSegmentProfiles',
    tag: 'Segments',
    summary: 'Who is in a segment, and since when',
    scope: 'profiles:read',
    params: SegmentKeyParam,
    query: z.strictObject(pageQuery),
    status: 200,
    reply: listOf(MemberView),
    errors: ['not-found'],
    async handle({ params: { key }, query }) {
      await readKeptSegment(c, key);
      const page = await listMembers(c, key, pageRequest(query));
      return {
        body: pageReply(page, ({ id, identities, since }) => ({
          id,
          identities,
          since: iso(since),
        })),
      };
    },
  });
}
