/** How a mail server hands on what comes back: no typed route reads a mail. */

const problem = (code: string): object => ({ $ref: `#/components/responses/${code}` });

export const MAIL_PATHS: Record<string, object> = {
  '/v1/webhooks/mail': {
    post: {
      operationId: 'mailWebhook',
      tags: ['Webhooks'],
      summary: 'A mail that came back, or a complaint, as a mail server hands it on',
      description:
        'A report by RFC 3464 or RFC 5965, of at most 2 MiB, with `MAIL_REPORTS_KEY` as the bearer key. Anything else is counted and forgotten. A repeat changes nothing.',
      security: [{ adminKey: [] }],
      requestBody: { required: true, content: { 'message/rfc822': {} } },
      responses: {
        '204': { description: 'Durable, or of no interest.' },
        '400': problem('malformed'),
        '401': problem('unauthenticated'),
        '413': problem('too-large'),
        '503': problem('unavailable'),
      },
    },
  },
};
