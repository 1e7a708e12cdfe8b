import { z } from 'zod';
import { linkSecrets } from '#platform/signed-link.ts';
import type { AppDeps } from '../deps.ts';
import { SEND_EXAMPLES } from '../examples.ts';
import { idempotencyId, markRequest, REPLAYED } from '../idempotency.ts';
import { route, type Route, type RouteReply } from '../route.ts';
import { MessageRequest, parseMessageRequest } from '../send-body.ts';
import { SendView, viewSend } from '../send-views.ts';
import { knownProfile } from './profile-routes.ts';

/** The id of this operation; keys are remembered under it. */
const SEND_MESSAGE = 'sendMessage';

const Accepted = z.object({
  id: z.string().describe('Read what became of it at /v1/messages/{id}.'),
  status: z.literal('pending').describe('Accepted: it will be sent, or it will say why not.'),
});

/** Messages outside of journeys and campaigns, each to one person. */
export function sendRoutes(deps: AppDeps): Route[] {
  return [sendRoute(deps), readRoute(deps)];
}

function sendRoute(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/messages',
    id: SEND_MESSAGE,
    tag: 'Messages',
    summary: 'Send one message, or a cascade, to one person',
    description:
      'A receipt, a reset password. It is durable when this answers, passes the gate as every message does, and is handed to its provider within moments. Give an `Idempotency-Key`: a repeat of the call then sends nothing twice.',
    scope: 'messages:write',
    body: { schema: MessageRequest, parse: parseMessageRequest, examples: SEND_EXAMPLES },
    status: 202,
    reply: Accepted,
    replyHeaders: { Location: 'Where to read what became of it.' },
    errors: ['not-found', 'conflict'],
    idempotent: true,
    // The key makes the id: a call that was cut off is known by what it has made.
    knowsRepeats: true,
    async handle({ body: { to, ...asked }, idempotencyKey, request }) {
      const call = {
        key: idempotencyKey === undefined ? undefined : idempotencyId(SEND_MESSAGE, idempotencyKey),
        request: markRequest(linkSecrets(deps.config), request),
      };
      const earlier = await deps.sends.repeated(call);
      if (earlier !== null) return accepted(earlier, true);
      const profileId = await knownProfile(deps, to);
      const { send, isRepeat } = await deps.sends.order({ ...call, asked, profileId });
      return accepted(send, isRepeat);
    },
  });
}

function accepted(
  { _id: id }: { _id: string },
  isRepeat: boolean,
): RouteReply<z.infer<typeof Accepted>> {
  return {
    body: { id, status: 'pending' },
    headers: { Location: `/v1/messages/${id}`, ...(isRepeat && REPLAYED) },
  };
}

function readRoute(deps: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/messages/{id}',
    id: 'readMessage',
    tag: 'Messages',
    summary: 'What became of a message that was asked for by POST /v1/messages',
    scope: 'messages:read',
    params: z.object({ id: z.string().max(200) }),
    status: 200,
    reply: SendView,
    errors: ['not-found'],
    async handle({ params }) {
      return { body: viewSend(await deps.sends.read(params.id)) };
    },
  });
}
