import { createTransport, type Transporter } from 'nodemailer';
import { z } from 'zod';
import { unsubscribeHeaders } from '#channels/email/unsubscribe-headers.ts';
import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import { connectionFailure, withDeadline } from '#channels/read-failure.ts';

const SmtpSettings = z.object({
  /** `smtp://user:password@host:port` or `smtps://…`. */
  url: z.url({ protocol: /^smtps?$/ }),
  from: z.string().min(3),
});
type SmtpSettings = z.infer<typeof SmtpSettings>;

const CAPABILITIES: Capabilities = {
  deliveryReceipts: false,
  openReceipts: false,
  acceptanceReceipts: false,
  lookup: false,
  idempotent: false,
  maxLength: null,
  images: true,
  costMicros: 100,
};

/** Connections kept to the mail server; few servers allow one client more. */
const CONNECTIONS_MAX = 5;
/** Longer than any call may take: each call has a deadline of its own. */
const SOCKET_TIMEOUT_MS = 60_000;

/** What nodemailer rejects with. */
const SmtpFailure = z.object({
  code: z.string().optional(),
  command: z.string().optional(),
  responseCode: z.number().optional(),
});

/** E-mail through any SMTP server. Acceptance by the server is all that is ever known. */
export class SmtpProvider implements Provider {
  readonly name = 'smtp';
  readonly channel = 'email';
  readonly capabilities = CAPABILITIES;
  private readonly settings: SmtpSettings;
  private readonly transport: Transporter;

  constructor(settings: SmtpSettings) {
    this.settings = settings;
    this.transport = createTransport({
      url: settings.url,
      pool: true,
      maxConnections: CONNECTIONS_MAX,
      // By default nodemailer sends a message again by itself when a connection drops, even after
      // the server has taken it: the customer would get it twice.
      maxRequeues: 0,
      socketTimeout: SOCKET_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const { to, content, messageId, timeoutMs } = outgoing;
    if (content.channel !== 'email') throw new ProviderError('ourFault', 'smtp-wrong-channel');
    const id = `<${encodeURIComponent(messageId)}@${domainOf(this.settings.from)}>`;
    const call: Promise<unknown> = this.transport.sendMail({
      from: this.settings.from,
      to: { name: '', address: to },
      subject: content.subject,
      text: content.text,
      html: content.html,
      messageId: id,
      // Takes a mail that still waits for a connection out of the pool: it must not go out later.
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...unsubscribeHeaders(content.unsubscribeUrl), 'X-Kairos-Message-Id': messageId },
    });
    try {
      await withDeadline('smtp', timeoutMs, call);
      return { providerId: id };
    } catch (error) {
      throw failureOf(error);
    }
  }

  close(): Promise<void> {
    this.transport.close();
    return Promise.resolve();
  }
}

function domainOf(from: string): string {
  return /@([^>\s]+)/.exec(from)?.[1] ?? 'kairos.example';
}

function failureOf(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const failure = SmtpFailure.safeParse(error).data ?? {};
  const { responseCode: status, command = '', code = '' } = failure;
  if (status !== undefined) return refusalOf(status, command, code);
  // Nodemailer itself finds an address it cannot write into an envelope.
  if (code === 'EENVELOPE') return new ProviderError('badAddress', 'smtp-envelope');
  if (code === 'EAUTH') return new ProviderError('ourFault', 'smtp-auth');
  // A connection that drops is said to have dropped at CONN even after the server took the mail,
  // so that only a connection that was never made is known to have sent nothing.
  return connectionFailure('smtp', error);
}

/** The server's own word: 4xx may work later; 5xx to RCPT is the address, to anything else us. */
function refusalOf(status: number, command: string, code: string): ProviderError {
  const named = `smtp-${String(status)}`;
  if (status < 500) return new ProviderError('retryLater', named);
  if (code === 'EAUTH') return new ProviderError('ourFault', named);
  return new ProviderError(command === 'RCPT TO' ? 'badAddress' : 'ourFault', named);
}

export const smtp = defineProvider({
  name: 'smtp',
  channel: 'email',
  capabilities: CAPABILITIES,
  setBy: ['SMTP_URL'],
  variables: { url: 'SMTP_URL', from: 'MAIL_FROM' },
  settings: SmtpSettings,
  create: (settings) => new SmtpProvider(settings),
});
