import { CARRIED_CHANNELS } from '#domain/message/message.ts';

/** The paths of the sandbox, which no typed route serves. */

const problem = (code: string): object => ({ $ref: `#/components/responses/${code}` });
const json = (schema: object): object => ({
  description: 'Done.',
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
          status: {
            enum: ['accepted', 'delivered', 'opened', 'clicked', 'bounced'],
            description: 'How far it has come by the receipts that were posted.',
          },
        },
        required: ['id', 'channel', 'provider', 'to', 'at', 'payload', 'status'],
      },
    },
    next: { type: ['string', 'null'], description: '`cursor` of the next page; null: none.' },
  },
  required: ['data', 'next'],
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

const SANDBOX_REFUSALS = {
  '401': problem('unauthenticated'),
  '403': problem('forbidden'),
  '404': problem('not-found'),
  '503': problem('unavailable'),
};

export const SANDBOX_PATHS: Record<string, object> = {
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
          description:
            'An e-mail address, E.164 number or device token: what it got, of each channel the oldest first. Absent: everything, the latest first.',
          schema: { type: 'string', minLength: 1 },
        },
        {
          name: 'limit',
          in: 'query',
          required: false,
          description: 'Rows of one page; absent: 50, with `to` 1,000.',
          schema: { type: 'integer', minimum: 1, maximum: 1000 },
        },
        {
          name: 'cursor',
          in: 'query',
          required: false,
          description: '`next` of the page before.',
          schema: { type: 'integer', minimum: 0 },
        },
      ],
      responses: { '200': json(INBOX), '400': problem('malformed'), ...SANDBOX_REFUSALS },
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
};
