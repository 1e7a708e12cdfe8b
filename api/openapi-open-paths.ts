import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import { CARRIED_CHANNELS } from '#domain/message/message.ts';
import { MESSAGE_LINKS } from './openapi-message-links.ts';

/** Paths that no typed route serves: the sandbox's, the providers', and those for operators. */

const problem = (code: string): object => ({ $ref: `#/components/responses/${code}` });
const json = (schema: object, description = 'Done.'): object => ({
  description,
  content: { 'application/json': { schema } },
});

const INBOX = {
  type: 'object',
  properties: {
    data: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          channel: { enum: CARRIED_CHANNELS },
          provider: { type: 'string' },
          to: { type: 'string' },
          at: { type: 'string', format: 'date-time' },
          payload: { type: 'object', description: 'The request as the provider took it.' },
          status: { type: 'string' },
        },
      },
    },
  },
};

const RULES = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      channel: { enum: CARRIED_CHANNELS },
      to: { type: 'string', description: 'An e-mail address, E.164 number or device token.' },
      provider: { type: 'string', description: 'Only of this provider of the channel.' },
      outcome: {
        enum: [
          'deliver',
          'open',
          'click',
          'bounce',
          'silent',
          'reject',
          'error',
          'rateLimit',
          'slow',
          'lostReply',
          'optOut',
          'spam',
          'unsubscribe',
        ],
      },
      afterMs: { type: 'integer', minimum: 0 },
    },
    required: ['channel', 'outcome'],
  },
};

const SUBSCRIPTION = {
  type: 'object',
  properties: {
    endpoint: { type: 'string', format: 'uri' },
    keys: {
      type: 'object',
      properties: { p256dh: { type: 'string' }, auth: { type: 'string' } },
    },
  },
};

const TEXT = {
  type: 'object',
  properties: {
    from: { type: 'string', description: 'E.164.' },
    text: { type: 'string', examples: ['STOP'] },
    id: { type: 'string', pattern: '^SM[0-9a-f]{32}$' },
  },
  required: ['from', 'text'],
};
const TEXT_ANSWER = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    status: { type: 'integer', description: 'What Kairos answered.' },
    reply: { type: ['string', 'null'], description: 'What the person is sent back.' },
  },
};

const KEYS = {
  type: 'object',
  properties: {
    keys: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...{ kty: { const: 'OKP' }, crv: { const: 'Ed25519' }, x: { type: 'string' } },
          ...{ alg: { const: 'EdDSA' }, use: { const: 'sig' } },
          kid: { type: 'string', description: 'Its thumbprint (RFC 7638).' },
        },
      },
    },
  },
};

const SANDBOX_REFUSALS = {
  '401': problem('unauthenticated'),
  '403': problem('forbidden'),
  '404': problem('not-found'),
  '503': problem('unavailable'),
};

/** Where each provider posts its receipts. */
const WEBHOOKS = Object.fromEntries(
  PROVIDER_KINDS.flatMap(({ name, webhook }) =>
    webhook === null
      ? []
      : [
          [
            `/v1/webhooks/${name}`,
            {
              post: {
                operationId: `${name.replaceAll('-', '')}Webhook`,
                tags: ['Webhooks'],
                summary: `Receipts of ${name}`,
                description: `Signed by ${webhook.signedBy}. A repeat changes nothing.`,
                security: [],
                requestBody: { required: true, content: { [webhook.contentType]: {} } },
                responses: {
                  '204': { description: 'Durable.' },
                  '403': problem('forbidden'),
                  '413': problem('too-large'),
                  '503': problem('unavailable'),
                },
              },
            },
          ],
        ],
  ),
);

/** Where those that hand on what people write post it. */
const TEXTS = Object.fromEntries(
  PROVIDER_KINDS.flatMap(({ name, webhook }) =>
    webhook?.texts == null
      ? []
      : [
          [
            `/v1/webhooks/${name}/texts`,
            {
              post: {
                operationId: `${name}Texts`,
                tags: ['Webhooks'],
                summary: `What people write to the number at ${name}: STOP, START, HELP`,
                description: `Signed by ${webhook.signedBy}. A repeat changes nothing and is answered the same.`,
                security: [],
                requestBody: { required: true, content: { [webhook.contentType]: {} } },
                responses: {
                  '200': { description: 'What is to be sent back.', content: { 'text/xml': {} } },
                  '403': problem('forbidden'),
                  '413': problem('too-large'),
                },
              },
            },
          ],
        ],
  ),
);

function probe(id: string, summary: string, failure?: string): object {
  const status = { type: 'object', properties: { status: { type: 'string' } } };
  return {
    get: {
      operationId: id,
      tags: ['Operation'],
      summary,
      security: [],
      responses: {
        '200': json(status),
        ...(failure === undefined ? {} : { '503': json(status, failure) }),
      },
    },
  };
}

export const OPEN_PATHS: Record<string, object> = {
  ...MESSAGE_LINKS,
  '/sandbox/inbox': {
    get: {
      operationId: 'readInbox',
      tags: ['Sandbox'],
      summary: 'What the providers accepted',
      security: [{ adminKey: ['sandbox'] }],
      parameters: [
        {
          name: 'to',
          in: 'query',
          required: false,
          description: 'An e-mail address, E.164 number or device token.',
          schema: { type: 'string' },
        },
      ],
      responses: { '200': json(INBOX), ...SANDBOX_REFUSALS },
    },
  },
  '/sandbox/subscription': {
    get: {
      operationId: 'subscribeBrowser',
      tags: ['Sandbox'],
      summary: 'A push subscription of the browser that the sandbox plays',
      description:
        'Track it as `context.device.token`. The last part of its `endpoint` is what the inbox and the rules call `to`.',
      security: [{ adminKey: ['sandbox'] }],
      parameters: [
        {
          name: 'name',
          in: 'query',
          required: false,
          description: 'The last part of its address; random when nothing is said.',
          schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,200}$' },
        },
      ],
      responses: { '200': json(SUBSCRIPTION), ...SANDBOX_REFUSALS },
    },
  },
  '/sandbox/texts': {
    post: {
      operationId: 'writeText',
      tags: ['Sandbox'],
      summary: 'Somebody writes to the shop’s number',
      description:
        'The sandbox hands it on as Twilio does and answers what Kairos would have sent back. The same `id` again is a repeat.',
      security: [{ adminKey: ['sandbox'] }],
      requestBody: { required: true, content: { 'application/json': { schema: TEXT } } },
      responses: { '200': json(TEXT_ANSWER), ...SANDBOX_REFUSALS },
    },
  },
  '/sandbox/rules': {
    get: {
      operationId: 'readRules',
      tags: ['Sandbox'],
      summary: 'The rules in force',
      security: [{ adminKey: ['sandbox'] }],
      responses: { '200': json(RULES), ...SANDBOX_REFUSALS },
    },
    put: {
      operationId: 'putRules',
      tags: ['Sandbox'],
      summary: 'Replace all rules of how messages end',
      security: [{ adminKey: ['sandbox'] }],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: RULES,
            example: [
              { channel: 'email', to: 'anna@shop.example', outcome: 'bounce', afterMs: 500 },
            ],
          },
        },
      },
      responses: { '200': json(RULES), '422': problem('invalid'), ...SANDBOX_REFUSALS },
    },
  },
  ...WEBHOOKS,
  ...TEXTS,
  '/.well-known/jwks.json': {
    get: {
      operationId: 'readReportKeys',
      tags: ['Profiles'],
      summary: 'The public keys that reports of erasures are checked with, of now and of before',
      security: [],
      responses: {
        '200': {
          description: 'A JSON Web Key Set (RFC 7517).',
          content: { 'application/jwk-set+json': { schema: KEYS } },
        },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'readMetrics',
      tags: ['Operation'],
      summary: 'Figures for Prometheus',
      description: 'For the metrics key (`KAIROS_METRICS_KEY`) or the admin key.',
      security: [{ adminKey: [] }],
      responses: {
        '200': { description: 'Prometheus’ text format.', content: { 'text/plain': {} } },
        '401': problem('unauthenticated'),
      },
    },
  },
  '/healthz': probe('health', 'Whether this process lives'),
  '/readyz': probe('readiness', 'Whether events are taken and carried out', 'Not yet, or not now.'),
};
