import { Client } from '@sendgrid/client';
import { MailService } from '@sendgrid/mail';
import { z } from 'zod';
import { isWebhookKey, verifyAndParse } from '#channels/email/sendgrid-webhook.ts';
import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import {
  connectionFailure,
  readHeader,
  retryAfterMs,
  statusFailure,
  withDeadline,
} from '#channels/read-failure.ts';
import { listHeaders } from '#channels/email/list-headers.ts';
import { domainOfSender } from '#channels/email/mail-domain.ts';

const SendgridSettings = z.object({
  apiKey: z.string().min(1),
  /** Another address than SendGrid's global one: the EU's, a proxy's, the sandbox's. */
  baseUrl: z.url().optional(),
  /** `shop@kairos.example` or `Shop <shop@kairos.example>`. */
  from: z.string().min(3),
});
type SendgridSettings = z.infer<typeof SendgridSettings>;

const CAPABILITIES: Capabilities = {
  deliveryReceipts: true,
  openReceipts: true,
  // `processed` comes within seconds of acceptance.
  acceptanceReceipts: true,
  lookup: false,
  idempotent: false,
  maxLength: null,
  images: true,
  costMicros: 1_000,
};

/** What @sendgrid/client rejects with when SendGrid answered. */
const Answer = z.object({
  response: z.object({
    headers: z.unknown(),
    body: z
      .object({
        errors: z.array(z.object({ field: z.string().nullish() })),
      })
      .nullish()
      .catch(null),
  }),
  code: z.number(),
});

/** E-mail through SendGrid's v3 API. */
class SendgridProvider implements Provider {
  readonly name = 'sendgrid';
  readonly channel = 'email';
  readonly capabilities = CAPABILITIES;
  private readonly settings: SendgridSettings;

  constructor(settings: SendgridSettings) {
    this.settings = settings;
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const { to, content, messageId, timeoutMs } = outgoing;
    if (content.channel !== 'email') throw new ProviderError('ourFault', 'sendgrid-wrong-channel');
    const mail = this.mailService(timeoutMs);
    const call = mail.send({
      from: this.settings.from,
      subject: content.subject,
      content: [
        { type: 'text/plain', value: content.text || ' ' },
        { type: 'text/html', value: content.html },
      ],
      // It writes a Feedback-ID of its own, and Gmail heeds no second one.
      headers: listHeaders(content, domainOfSender(this.settings.from) ?? 'kairos.example'),
      personalizations: [{ to, customArgs: { kairos_message_id: messageId } }],
      // Links of ours are not wrapped into links of theirs, nor is a mail tracked that is not to be.
      trackingSettings: {
        clickTracking: { enable: content.ownTracking !== true, enableText: false },
        openTracking: { enable: content.ownTracking !== true },
      },
    });
    try {
      const [response] = await withDeadline('sendgrid', timeoutMs, call);
      return { providerId: readHeader(response.headers, 'x-message-id') ?? null };
    } catch (error) {
      throw failureOf(error);
    }
  }

  /** A client holds its timeout, so that each call has one of its own; connections are shared. */
  private mailService(timeoutMs: number): MailService {
    const client = new Client();
    client.setApiKey(this.settings.apiKey);
    if (this.settings.baseUrl) client.setDefaultRequest('baseUrl', this.settings.baseUrl);
    const mail = new MailService();
    mail.setClient(client);
    mail.setTimeout(timeoutMs);
    return mail;
  }
}

/** SendGrid names the field it dislikes: a recipient's is the address's fault, any other ours. */
const RECIPIENT_FIELD = /^personalizations\.\d+\.to\b/;

function failureOf(error: unknown): ProviderError {
  const answer = Answer.safeParse(error);
  if (!answer.success) return connectionFailure('sendgrid', error);
  const { code, response } = answer.data;
  const general = statusFailure('sendgrid', code, waitOf(response.headers));
  if (general) return general;
  const badAddress = response.body?.errors.some(({ field }) => RECIPIENT_FIELD.test(field ?? ''));
  return new ProviderError(badAddress ? 'badAddress' : 'ourFault', `sendgrid-${String(code)}`);
}

/** Retry-After, else SendGrid's own X-RateLimit-Reset (epoch seconds). */
function waitOf(headers: unknown): number | undefined {
  const now = Date.now();
  const after = readHeader(headers, 'retry-after');
  if (after !== undefined) return retryAfterMs(after, now);
  const reset = Number(readHeader(headers, 'x-ratelimit-reset'));
  return reset > 0 ? retryAfterMs(String(Math.max(0, reset - now / 1000)), now) : undefined;
}

export const sendgrid = defineProvider({
  name: 'sendgrid',
  channel: 'email',
  capabilities: CAPABILITIES,
  setBy: ['SENDGRID_API_KEY'],
  variables: { apiKey: 'SENDGRID_API_KEY', baseUrl: 'SENDGRID_BASE_URL', from: 'MAIL_FROM' },
  settings: SendgridSettings,
  create: (settings) => new SendgridProvider(settings),
  receipts: {
    signedBy: 'ECDSA (Event Webhook)',
    contentType: 'application/json',
    variables: { publicKey: 'SENDGRID_WEBHOOK_PUBLIC_KEY' },
    settings: z.object({ publicKey: z.string().refine(isWebhookKey).nullable().default(null) }),
    read: verifyAndParse,
  },
});
