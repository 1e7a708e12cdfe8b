import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import { EventName } from '#domain/journey/words.ts';
import { buildGooglePayload, type ToldCustomer } from '#domain/webhook/ga4-payload.ts';
import { googlePost } from '#webhooks/google-post.ts';
import type { StoredGoogle } from '#webhooks/webhook-document.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { EndpointParam, unknownEndpoint } from './webhook-endpoint-routes.ts';

const AnyJson: z.ZodType<Json> = z.json();

const Asked = z.strictObject({
  event: EventName,
  properties: z.record(z.string(), AnyJson).default({}),
});

const Message = z.object({
  fieldPath: z.string().describe('What it is about, in `sent`; empty: all of it.'),
  description: z.string(),
  validationCode: z.string(),
});

/** As Google's validation server answers; whatever it leaves out is empty. */
const Judged = z.object({
  validationMessages: z
    .array(
      z.object({
        fieldPath: z.string().default(''),
        description: z.string().default(''),
        validationCode: z.string().default(''),
      }),
    )
    .default([]),
});

/** An event of nobody: no customer's data goes to a test. */
const NOBODY: ToldCustomer = {
  id: 'nobody',
  externalId: null,
  identities: [],
  attributes: {},
  consents: {},
};

/** Asking Google itself whether it would take what it is told. */
export function webhookValidateRoutes({ endpoints, config, clock }: AppDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/webhook-endpoints/{id}/validate',
      id: 'validateGoogleAnalytics',
      tag: 'Webhook endpoints',
      summary: 'Ask Google Analytics what it thinks of an event of yours',
      description:
        'The event is made up as it would be told, of nobody, and sent to Google’s validation server, which keeps nothing. It does not look at measurement id and secret.',
      scope: 'webhooks:write',
      params: EndpointParam,
      body: {
        schema: Asked,
        examples: {
          order: {
            event: 'Order Completed',
            properties: { order_id: 'T-1', revenue: 20, products: [{ product_id: 'sku-1' }] },
          },
        },
      },
      status: 200,
      reply: z.object({
        valid: z.boolean(),
        messages: z.array(Message),
        sent: z.record(z.string(), AnyJson).describe('What Google was sent.'),
      }),
      errors: ['not-found', 'conflict'],
      async handle({ params: { id }, body }) {
        const endpoint = await endpoints.store.find(id);
        if (endpoint === null) throw unknownEndpoint();
        if (endpoint.kind !== 'googleAnalytics') {
          const detail =
            'Only Google Analytics judges events; a webhook is tried by `POST …/test`.';
          throw new DomainError('conflict', detail);
        }
        const said = { name: body.event, properties: body.properties };
        const sent = sample(endpoint, said, { now: clock(), currency: config.KAIROS_CURRENCY });
        const messages = await judge(endpoints.post, endpoint, sent);
        return { body: { valid: messages.length === 0, messages, sent } };
      },
    }),
  ];
}

function sample(
  endpoint: StoredGoogle,
  said: { name: string; properties: JsonObject },
  frame: { now: number; currency: string },
): JsonObject {
  const event = { _id: 'test', occurredAt: frame.now, ...said };
  const settings = { ...endpoint, consent: { ...endpoint.consent, analytics: null } };
  const built = buildGooglePayload(settings, { event, customer: NOBODY }, frame);
  // Nothing of nobody is withheld, and nothing that happens now is too old.
  if ('skip' in built) throw new Error(`a sample was skipped: ${built.skip}`);
  return { ...built.body, validation_behavior: 'ENFORCE_RECOMMENDATIONS' };
}

async function judge(
  post: AppDeps['endpoints']['post'],
  endpoint: StoredGoogle,
  sent: JsonObject,
): Promise<z.infer<typeof Message>[]> {
  const answer = await post({ ...googlePost(endpoint, 'validate', sent), readsAnswer: true });
  const judged = Judged.safeParse(parseJson(answer.text));
  if (answer.status === 200 && judged.success) return judged.data.validationMessages;
  const what = answer.status === null ? (answer.fault ?? 'nothing') : String(answer.status);
  throw new DomainError('unavailable', `Google’s validation server answered ${what}. Try again.`);
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
