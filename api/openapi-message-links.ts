const TOKEN = { name: 'token', in: 'path', required: true, schema: { type: 'string' } };

function page(id: string, summary: string): object {
  return {
    operationId: id,
    tags: ['Messages'],
    summary,
    security: [],
    parameters: [TOKEN],
    responses: {
      '200': { description: 'A page.', content: { 'text/html': {} } },
      '404': { description: 'Not a link of ours.', content: { 'text/html': {} } },
    },
  };
}

/** A link of a message. `name` of its parameter: the token of a mail's, the code of a short one. */
function followed(id: string, summary: string, name: 'token' | 'code'): object {
  return {
    get: {
      operationId: id,
      tags: ['Messages'],
      summary,
      description:
        'Leads on to where its template says, and notes it once; a HEAD, a fetch ahead and a known scanner are noted as a machine’s.',
      security: [],
      parameters: [{ ...TOKEN, name }],
      responses: {
        '302': { description: 'Where it leads.' },
        '204': { description: 'The link that no person sees.' },
        '404': { description: 'Not a link of ours.', content: { 'text/html': {} } },
        ...(name === 'token' && {
          '410': {
            description: 'A link of ours whose message is not kept any more.',
            content: { 'text/html': {} },
          },
        }),
        '503': { $ref: '#/components/responses/unavailable' },
      },
    },
  };
}

/** Where the links of messages lead: whoever holds one is let in by it. */
export const MESSAGE_LINKS: Record<string, object> = {
  '/v1/unsubscribe/{token}': {
    get: page('askUnsubscribe', 'The page behind a message’s unsubscribe link'),
    post: page('unsubscribe', 'Unsubscribe, by the page or in one click (RFC 8058)'),
  },
  '/v1/confirm/{token}': {
    get: page('askToConfirm', 'The page where somebody confirms that they asked for messages'),
    post: page('confirmConsent', 'Confirm it: the consent counts from here on'),
  },
  '/v1/preferences/{token}': {
    get: page('showChoices', 'The page where the reader of a message chooses what they get'),
    post: page('saveChoices', 'Save what was chosen on the page; needs the token of its form'),
  },
  '/l/{token}': followed('followLink', 'A link in a mail', 'token'),
  '/s/{code}': followed('followShortLink', 'A link in a text message', 'code'),
  '/o/{token}': {
    get: {
      operationId: 'openPixel',
      tags: ['Messages'],
      summary: 'The picture that tells that a mail was opened',
      security: [],
      parameters: [TOKEN],
      responses: {
        '200': { description: 'Always the same.', content: { 'image/gif': {} } },
        '503': { description: 'The store is away, so that it could not be noted: ask again.' },
      },
    },
  },
};
