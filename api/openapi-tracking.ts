/** How the tracking calls are described: they are Segment's, and read by a parser of their own. */

const common = {
  messageId: { type: 'string', maxLength: 200, description: 'Idempotency key; made up if absent.' },
  userId: { type: ['string', 'null'], description: 'Your own id of the customer.' },
  anonymousId: { type: ['string', 'null'], description: 'Id of a visitor not yet known.' },
  timestamp: { type: 'string', format: 'date-time' },
  sentAt: { type: 'string', format: 'date-time' },
  context: {
    type: 'object',
    description:
      '`traits`, `locale`, `timezone`, `device.token` and `consent.categoryPreferences` are understood.',
  },
} as const;

interface Call {
  summary: string;
  fields: Record<string, object>;
  required?: string[];
  example: object;
}

const CALLS: Record<string, Call> = {
  identify: {
    summary: 'Say who a customer is',
    fields: { traits: { type: 'object', description: 'Attributes to set; null removes one.' } },
    example: { userId: '42', traits: { email: 'anna@shop.example', first_name: 'Anna' } },
  },
  track: {
    summary: 'Say what a customer did',
    fields: { event: { type: 'string', maxLength: 200 }, properties: { type: 'object' } },
    required: ['event'],
    example: {
      userId: '42',
      event: 'Product Added',
      properties: { cart_id: 'c1', product_id: 'p1', name: 'Blue mug', price: 12.5, quantity: 1 },
    },
  },
  page: {
    summary: 'A page was seen',
    fields: { name: { type: 'string' }, properties: { type: 'object' } },
    example: { anonymousId: 'a1', name: 'Home' },
  },
  screen: {
    summary: 'A screen of an app was seen',
    fields: { name: { type: 'string' }, properties: { type: 'object' } },
    example: { userId: '42', name: 'Cart' },
  },
  group: {
    summary: 'A customer belongs to a group',
    fields: { groupId: { type: 'string' }, traits: { type: 'object' } },
    required: ['groupId'],
    example: { userId: '42', groupId: 'loyalty-gold' },
  },
  alias: {
    summary: 'Two ids are one customer',
    fields: { previousId: { type: 'string' } },
    required: ['previousId'],
    example: { userId: '42', previousId: 'a1' },
  },
};

const ACCEPTED = {
  description: 'Durable.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          success: { type: 'boolean' },
          rejected: {
            type: 'array',
            description: 'Members of a batch that were refused; the others are kept.',
            items: {
              type: 'object',
              properties: {
                index: { type: 'integer' },
                messageId: { type: ['string', 'null'] },
                errors: { type: 'array' },
              },
            },
          },
        },
        required: ['success'],
      },
      example: { success: true },
    },
  },
};

const REFUSALS: Record<string, object> = Object.fromEntries(
  [
    ['400', 'malformed'],
    ['401', 'unauthenticated'],
    ['403', 'forbidden'],
    ['413', 'too-large'],
    ['429', 'too-many-requests'],
    ['503', 'unavailable'],
  ].map(([status = '', code = '']): [string, object] => [
    status,
    { $ref: `#/components/responses/${code}` },
  ]),
);

function post(id: string, summary: string, content: object): object {
  return {
    post: {
      operationId: id,
      tags: ['Tracking'],
      summary,
      security: [{ writeKey: [] }],
      requestBody: { required: true, content: { 'application/json': content } },
      responses: { '200': ACCEPTED, ...REFUSALS },
    },
  };
}

export const TRACKING_PATHS: Record<string, object> = {
  ...Object.fromEntries(
    Object.entries(CALLS).map(([name, { summary, fields, required, example }]) => [
      `/v1/${name}`,
      post(name, summary, {
        schema: {
          type: 'object',
          properties: { ...common, ...fields },
          ...(required === undefined ? {} : { required }),
        },
        example,
      }),
    ]),
  ),
  '/v1/batch': post('batch', 'Several calls at once, at most 500 KB', {
    schema: {
      type: 'object',
      properties: {
        batch: {
          type: 'array',
          items: {
            type: 'object',
            properties: { type: { enum: Object.keys(CALLS) }, ...common },
            required: ['type'],
          },
        },
        sentAt: common.sentAt,
      },
      required: ['batch'],
    },
    example: { batch: [{ type: 'track', userId: '42', event: 'Cart Viewed' }] },
  }),
  '/v1/projects/{writeKey}/settings': {
    get: {
      operationId: 'browserSettings',
      tags: ['Tracking'],
      summary: 'Settings of the browser library',
      security: [],
      parameters: [{ name: 'writeKey', in: 'path', required: true, schema: { type: 'string' } }],
      responses: {
        '200': { description: 'What Segment’s browser library asks for at its start.' },
      },
    },
  },
};
