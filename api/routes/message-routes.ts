import { z } from 'zod';
import { journeyOfCampaign } from '#domain/campaign/ids.ts';
import { CHANNELS, MESSAGE_STATUSES } from '#domain/message/message.ts';
import { listMessages } from '#messages/list-messages.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { MessageView, viewMessage } from '../views.ts';
import { Identity } from '../identity-word.ts';

const Key = z.string().max(200);

/** What was sent, across customers and journeys. */
export function messageRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  return [
    route({
      method: 'get',
      path: '/v1/messages',
      id: 'listMessages',
      tag: 'Messages',
      summary: 'List messages, newest first',
      scope: 'messages:read',
      query: z.strictObject({
        profile: Identity.optional(),
        journey: Key.optional(),
        campaign: Key.optional().describe('Those of one campaign, by its key.'),
        run: Key.optional().describe(
          'A run’s id, or that of a message which was asked for by itself.',
        ),
        channel: z.enum(CHANNELS).optional(),
        status: z.enum(MESSAGE_STATUSES).optional(),
        ...pageQuery,
      }),
      status: 200,
      reply: listOf(MessageView),
      async handle({ query: { profile, run, campaign, channel, status, ...query } }) {
        const { journey: ofJourney, ...page } = query;
        const journey = campaign === undefined ? ofJourney : journeyOfCampaign(campaign);
        const profileId = profile === undefined ? undefined : await deps.findProfileId(profile);
        if (profileId === null) return { body: { data: [], next: null } };
        const filter = { profileId, runId: run, journey, channel, status };
        return { body: pageReply(await listMessages(c, filter, pageRequest(page)), viewMessage) };
      },
    }),
  ];
}
