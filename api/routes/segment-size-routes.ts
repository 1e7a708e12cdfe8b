import { z } from 'zod';
import { invalid } from '#domain/errors.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { readKeptSegment } from '#segments/read-segment.ts';
import { listSizes } from '#segments/size-store.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';
import { SegmentKeyParam } from './segment-routes.ts';

/** What is shown where nobody says since when. */
const USUAL_MS = { hour: DAY_MS, day: 31 * DAY_MS };

const When = z.iso.datetime({
  offset: true,
  error: 'Write an instant, such as 2026-11-22T10:00:00Z.',
});

const SizesQuery = z.strictObject({
  every: z
    .enum(['hour', 'day'])
    .default('day')
    .describe('A point for each day of three years, or for each hour of the last eight days.'),
  from: When.optional().describe('At or after; where left out, a month ago, or a day of hours.'),
  to: When.optional().describe('Before; where left out, now.'),
});

const SizesView = z.object({
  data: z.array(
    z.object({
      at: Instant.describe('The end of the hour or day, on the clock of the shop.'),
      size: z.number().int().describe('Counted within minutes of it.'),
      entered: z.number().int().describe('Who came in within the hour or day before.'),
      left: z.number().int(),
    }),
  ),
});

/** How large a segment was. */
export function segmentSizeRoutes({ mongo, clock }: AppDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/segments/{key}/sizes',
      id: 'listSegmentSizes',
      tag: 'Segments',
      summary: 'How many were in a segment, hour by hour and day by day',
      description:
        'Oldest first. Those whom a filling finds, and those who are forgotten with a definition, change `size` and neither entered nor left. An hour in which no worker ran has no point.',
      scope: 'segments:read',
      params: SegmentKeyParam,
      query: SizesQuery,
      status: 200,
      reply: SizesView,
      errors: ['not-found', 'invalid'],
      async handle({ params: { key }, query }) {
        await readKeptSegment(mongo.collections, key);
        const { every } = query;
        const to = query.to === undefined ? clock() : Date.parse(query.to);
        const from = query.from === undefined ? to - USUAL_MS[every] : Date.parse(query.from);
        if (from >= to) {
          const fault = { pointer: '#/from', detail: '`from` must be before `to`.' };
          throw invalid('The time asked for has no length.', [fault]);
        }
        const points = await listSizes(mongo.collections, { segment: key, every, from, to });
        const data = points.map(({ at, size, entered, left }) => {
          return { at: iso(at), size, entered, left };
        });
        return { body: { data } };
      },
    }),
  ];
}
