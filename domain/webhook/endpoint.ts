import { z } from 'zod';
import { GA4_EVENT_PREFIX } from '#domain/source/ga4-names.ts';
import { GoogleAnalytics } from './google-analytics.ts';
import { isMeant, LISTENING, type Heard } from './listen.ts';

/** Longer addresses are refused by many servers. */
const URL_LENGTH_MAX = 2_000;

/** What of an event and its customer is sent beside ids; personal data only where asked for. */
export const WEBHOOK_FACTS = [
  'properties',
  'identities',
  'attributes',
  'traits',
  'consents',
  'segments',
] as const;
export type WebhookFact = (typeof WEBHOOK_FACTS)[number];

/** An address that is posted to as the Standard Webhooks specification says. */
export const Webhook = z.strictObject({
  kind: z.literal('webhook').optional().describe('The kind where none is said.'),
  url: z
    .url({
      protocol: /^https?$/,
      error:
        'Write an address that begins with https:// (or http://, where this installation lets it).',
    })
    .max(URL_LENGTH_MAX),
  ...LISTENING,
  include: z
    .array(z.enum(WEBHOOK_FACTS))
    .max(WEBHOOK_FACTS.length)
    .default(['properties'])
    .describe('What is sent beside names, instants and the external id.'),
});
export type Webhook = z.infer<typeof Webhook>;

/** What somebody says of an address that is to be told of events. */
export const WebhookEndpoint = z.discriminatedUnion('kind', [Webhook, GoogleAnalytics], {
  error: 'An endpoint is a webhook, or of `kind: googleAnalytics`.',
});
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>;

/** Whether an event is to be told to an address. */
export function hears(
  { kind, listens, imported }: Pick<WebhookEndpoint, 'kind' | 'listens' | 'imported'>,
  event: Heard,
): boolean {
  if (!imported && event.context?.import !== undefined) return false;
  // Google knows what came from Google: it would be there twice.
  if (kind === 'googleAnalytics' && event._id.startsWith(GA4_EVENT_PREFIX)) return false;
  return listens.some((listen) => isMeant(listen, event));
}
