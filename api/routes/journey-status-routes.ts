import { z } from 'zod';
import { errorCode } from '#platform/logger.ts';
import type { StoredJourney } from '#platform/documents.ts';
import { changeStatus, ORDERS, type Order } from '#journeys/change-status.ts';
import { publishJourney } from '#journeys/publish-journey.ts';
import { createCheckSteps } from '../check-steps.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Warnings } from '../segment-views.ts';
import { KeyParam, STATUSES } from './journey-routes.ts';

const StatusReply = z.object({
  key: z.string(),
  version: z.number().int(),
  status: z.enum(STATUSES),
});

const PublishReply = StatusReply.extend({ warnings: Warnings });

const statusOf = ({ _id, version, status }: StoredJourney): z.infer<typeof StatusReply> => ({
  key: _id,
  version,
  status,
});

const ORDER_SUMMARIES: Record<Order, string> = {
  pause: 'Pause: nobody enters, those under way wait',
  resume: 'Resume after a pause',
  stop: 'Stop: nobody enters, those under way end',
};

/** Publishing and its orders: durable first, then carried to the runs by Temporal. */
export function journeyStatusRoutes(deps: AppDeps): Route[] {
  const { mongo, clock } = deps;
  const carryOut = async (journey: StoredJourney): Promise<StoredJourney> => {
    if (journey.controlled >= journey.revision) return journey;
    try {
      await deps.startControl({ journey: journey._id, revision: journey.revision });
    } catch (error) {
      // It is durable and holds from now on; the router carries it to the runs when Temporal is back.
      deps.logger.warn({ code: errorCode(error) }, 'control of a journey is put off');
    }
    return journey;
  };
  const publish = route({
    method: 'post',
    path: '/v1/journeys/{key}/publish',
    id: 'publishJourney',
    tag: 'Journeys',
    summary: 'Make the draft the next version and the journey live',
    description:
      'Runs under way finish on their version. Every event accepted after the answer sees the new one.',
    scope: 'journeys:write',
    params: KeyParam,
    body: {
      schema: z.strictObject({ runsUnderWay: z.literal('finish').optional() }).optional(),
      optional: true,
    },
    status: 200,
    reply: PublishReply,
    errors: ['not-found'],
    idempotent: true,
    async handle({ params }) {
      const retention = deps.config.KAIROS_RETENTION;
      const published = { at: clock(), retention, check: createCheckSteps(deps) };
      const { journey, warnings } = await publishJourney(mongo, params.key, published);
      return { body: { ...statusOf(await carryOut(journey)), warnings } };
    },
  });
  const orders = (Object.keys(ORDERS) as Order[]).map((order) =>
    route({
      method: 'post',
      path: `/v1/journeys/{key}/${order}`,
      id: `${order}Journey`,
      tag: 'Journeys',
      summary: ORDER_SUMMARIES[order],
      scope: 'journeys:write',
      params: KeyParam,
      status: 200,
      reply: StatusReply,
      errors: ['not-found', 'conflict'],
      async handle({ params }) {
        const journey = await changeStatus(mongo, params.key, order, clock());
        return { body: statusOf(await carryOut(journey)) };
      },
    }),
  );
  return [publish, ...orders];
}
