import { z } from 'zod';
import {
  DeviceBody,
  FormBody,
  FormReply,
  GoneDeviceBody,
  PageQuery,
  ProductsQuery,
  PushReceiptBody,
  ReceiptsBody,
  SiteMessageView,
  SignUpBody,
  SiteProduct,
} from './site/site-views.ts';
import { pageQuery } from './page.ts';

/** How the calls of pages and apps are described: who reads is said in headers of their own. */

const problem = (code: string): object => ({ $ref: `#/components/responses/${code}` });
const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'output'): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest;
};

const READER = [
  {
    name: 'X-Kairos-Anonymous-Id',
    in: 'header',
    required: false,
    schema: { type: 'string', minLength: 16, maxLength: 255 },
    description: 'Of a visitor: the id that their browser or app alone knows.',
  },
  {
    name: 'X-Kairos-User-Token',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description:
      'Of a customer: a JSON Web Token that the shop’s server signed by HS256 with the servers’ write key; `sub`, `exp`.',
  },
];

const REFUSALS = {
  '400': problem('malformed'),
  '401': problem('unauthenticated'),
  '403': problem('forbidden'),
  '422': problem('invalid'),
  '503': problem('unavailable'),
};

interface Call {
  id: string;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** None: nothing is answered but that it is done. */
  reply?: z.ZodType;
  /** Refused while too many events wait. */
  isLimited?: true;
}

function operation({ id, summary, description, query, body, reply, isLimited }: Call): object {
  return {
    operationId: id,
    tags: ['Pages and apps'],
    summary,
    ...(description !== undefined && { description }),
    security: [{ writeKey: [] }],
    parameters: [...READER, ...(query === undefined ? [] : parametersOf(query))],
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: {
      ...(reply === undefined
        ? { '204': { description: 'Done.' } }
        : {
            '200': {
              description: 'Done.',
              content: { 'application/json': { schema: schemaOf(reply) } },
            },
          }),
      ...(isLimited === true && { '429': problem('too-many-requests') }),
      ...REFUSALS,
    },
  };
}

function parametersOf(query: z.ZodObject): object[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: false, schema },
  }));
}

const Messages = z.object({ data: z.array(SiteMessageView) });

export const SITE_PATHS: Record<string, object> = {
  '/v1/site/messages': {
    get: operation({
      id: 'listSiteMessages',
      summary: 'In-app messages and widgets that stand for this person',
      description: 'The latest first, at most 20; with `page` those for this page.',
      query: PageQuery,
      reply: Messages,
    }),
  },
  '/v1/site/inbox': {
    get: operation({
      id: 'readSiteInbox',
      summary: 'The inbox, the latest first, with how many are unread',
      query: z.object(pageQuery),
      reply: Messages.extend({ next: z.string().nullable(), unread: z.number().int() }),
    }),
  },
  '/v1/site/products': {
    get: operation({
      id: 'listSiteProducts',
      summary: 'Products that this person may like',
      query: ProductsQuery,
      reply: z.object({ data: z.array(SiteProduct) }),
    }),
  },
  '/v1/site/receipts': {
    post: operation({
      id: 'tellSiteReceipts',
      summary: 'Say what became of messages',
      description:
        'Each is an event of the customer, once however often it is told. Those of other people’s messages are ignored.',
      body: ReceiptsBody,
      reply: z.object({ accepted: z.number().int(), ignored: z.number().int() }),
    }),
  },
  '/v1/site/device': {
    put: operation({
      id: 'addSiteDevice',
      summary: 'Have a customer’s pushes go to this phone',
      description:
        'By a user token alone. The event `Device Added`; a customer’s pushes go to the phone that was told last.',
      body: DeviceBody,
      isLimited: true,
    }),
    delete: operation({
      id: 'removeSiteDevice',
      summary: 'Have no more pushes of a customer go to this phone',
      description:
        'At log-out, with the user token of whoever logs out. The event `Device Removed`.',
      body: GoneDeviceBody,
      isLimited: true,
    }),
  },
  '/v1/site/push-receipts': {
    post: operation({
      id: 'tellPushReceipt',
      summary: 'Say that a push came, or was tapped',
      description:
        'Once however often it is told: `Push Notification Received`, `Push Notification Tapped`. Of a push to somebody else, or of none, it is ignored and the answer is the same.',
      body: PushReceiptBody,
    }),
  },
  '/v1/site/forms': {
    post: operation({
      id: 'submitSiteForm',
      summary: 'Send what was filled into a form',
      description:
        'Attributes of whoever reads, and, where the box was ticked, the consent to each channel they gave an address of, with the words of the message as proof; `pending` in a channel with double opt-in. Addresses go by the rules of public keys: an empty one is filled. The event `Widget Submitted` names the fields.',
      body: FormBody,
      reply: FormReply,
    }),
  },
  '/v1/site/sign-up': {
    post: operation({
      id: 'signUp',
      summary: 'Take over what a provider of OpenID Connect says of a visitor',
      description:
        'E-mail (where the provider has looked into it), name and birthday, as a server’s word, and the event `Signed Up`. Read by the anonymous id.',
      body: SignUpBody,
      reply: z.object({ traits: z.array(z.string()) }),
    }),
  },
  '/v1/site/stream': {
    get: {
      operationId: 'followSite',
      tags: ['Pages and apps'],
      summary: 'New messages as they are sent, by server-sent events',
      description:
        '`event: message` with the message as `data`; `event: ready` once what was missed since `Last-Event-ID` is told. Each message comes at least once. Ends after an hour at the latest.',
      security: [{ writeKey: [] }],
      parameters: READER,
      responses: {
        '200': { description: 'The stream.', content: { 'text/event-stream': {} } },
        '204': { description: 'Nothing is known of this visitor yet: come again.' },
        '429': problem('too-many-requests'),
        ...REFUSALS,
      },
    },
  },
  '/v1/site/settings': {
    get: {
      operationId: 'readSiteSettings',
      tags: ['Pages and apps'],
      summary: 'What browsers need to subscribe to web push, and to sign up',
      security: [{ writeKey: [] }],
      responses: {
        '200': {
          description: 'Done.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {
                  webPushKey: { type: ['string', 'null'] },
                  signUp: {
                    type: 'array',
                    items: {
                      type: 'object',
                      properties: {
                        provider: { type: 'string' },
                        authorizationEndpoint: { type: 'string', format: 'uri' },
                        clientId: { type: 'string' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        '401': problem('unauthenticated'),
      },
    },
  },
};
