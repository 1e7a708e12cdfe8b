import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import { MESSAGE_LINKS } from './openapi-message-links.ts';
import { SANDBOX_PATHS } from './openapi-sandbox.ts';

/** Paths that no typed route serves: the providers', those for operators, and the sandbox's. */

const problem = (code: string): object => ({ $ref: `#/components/responses/${code}` });
const json = (schema: object, description = 'Done.'): object => ({
  description,
  content: { 'application/json': { schema } },
});

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
  ...SANDBOX_PATHS,
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
