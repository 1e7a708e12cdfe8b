import { createTransport, type Transporter } from 'nodemailer';
import { z } from 'zod';
import { feedbackId, listHeaders } from '#channels/email/list-headers.ts';
import { domainOfSender } from '#channels/email/mail-domain.ts';
import { returnCode } from '#channels/email/return-code.ts';
import { dkimOf, SMTP_VARIABLES, SmtpSettings } from '#channels/email/smtp-settings.ts';
import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import { connectionFailure, withDeadline } from '#channels/read-failure.ts';
import { bounceKind } from '#domain/mail/bounce-kind.ts';

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

/**
 * What a signature covers, where the mail has it. RFC 8058 asks for the two that say how one leaves;
 * what servers on the way write or change is left out. nodemailer's own list lacks the last ones.
 */
const SIGNED_HEADERS = [
  ...['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Subject', 'Date', 'Message-ID'],
  ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
  ...['List-Id', 'List-Unsubscribe', 'List-Unsubscribe-Post'],
  ...['Feedback-ID', 'Auto-Submitted', 'X-Kairos-Message-Id'],
].join(':');

/** What nodemailer rejects with. */
const SmtpFailure = z.object({
  code: z.string().optional(),
  command: z.string().optional(),
  responseCode: z.number().optional(),
  /** The server's words, with its number before them. */
  response: z.string().optional(),
});
type SmtpFailure = z.infer<typeof SmtpFailure>;

/**
 * E-mail through any SMTP server. Its acceptance is all that it tells; mails that come back are told
 * of by another way (docs/deliverability.md).
 */
export class SmtpProvider implements Provider {
  readonly name = 'smtp';
  readonly channel = 'email';
  readonly capabilities = CAPABILITIES;
  private readonly settings: SmtpSettings;
  private readonly transport: Transporter;
  private readonly domain: string;
  private readonly secret: string;

  /** `secret` makes the addresses that mails come back to. */
  constructor(settings: SmtpSettings, secret: string) {
    this.settings = settings;
    this.secret = secret;
    this.domain = domainOfSender(settings.from) ?? 'kairos.example';
    const dkim = dkimOf(settings);
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
      ...(dkim !== null && {
        dkim: {
          domainName: dkim.domain,
          keySelector: dkim.selector,
          privateKey: dkim.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
          headerFieldNames: SIGNED_HEADERS,
        },
      }),
    });
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const { to, content, messageId, timeoutMs } = outgoing;
    if (content.channel !== 'email') throw new ProviderError('ourFault', 'smtp-wrong-channel');
    const { from, bounceDomain } = this.settings;
    const code = returnCode(this.secret, messageId);
    const id = `<${code}@${this.domain}>`;
    const call: Promise<unknown> = this.transport.sendMail({
      from,
      to: { name: '', address: to },
      ...(bounceDomain && { envelope: { from: `${code}@${bounceDomain}`, to: [to] } }),
      subject: content.subject,
      text: content.text,
      html: content.html,
      messageId: id,
      // Takes a mail that still waits for a connection out of the pool: it must not go out later.
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...listHeaders(content, this.domain),
        ...feedbackId(content, this.domain),
        'X-Kairos-Message-Id': messageId,
      },
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

function failureOf(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const failure = SmtpFailure.safeParse(error).data ?? {};
  const { responseCode: status, code = '' } = failure;
  if (status !== undefined) return refusalOf(status, failure);
  // Nodemailer itself finds an address it cannot write into an envelope.
  if (code === 'EENVELOPE') return new ProviderError('badAddress', 'smtp-envelope');
  if (code === 'EAUTH') return new ProviderError('ourFault', 'smtp-auth');
  // A connection that drops is said to have dropped at CONN even after the server took the mail,
  // so that only a connection that was never made is known to have sent nothing.
  return connectionFailure('smtp', error);
}

/**
 * The server's own word: 4xx may work later. 5xx is us or the mail, but for a recipient of whom the
 * server says that nobody is there: a relay that does not let us in, a block list or a full mailbox
 * speaks at the same place, and ends no address.
 */
function refusalOf(
  status: number,
  { command, code, response: diagnostic = '' }: SmtpFailure,
): ProviderError {
  const named = `smtp-${String(status)}`;
  if (status < 500) return new ProviderError('retryLater', named);
  const isOfAddress = command === 'RCPT TO' && code !== 'EAUTH';
  const isDead = isOfAddress && bounceKind({ status: '', diagnostic }) === 'hard';
  return new ProviderError(isDead ? 'badAddress' : 'ourFault', named);
}

export const smtp = defineProvider({
  name: 'smtp',
  channel: 'email',
  capabilities: CAPABILITIES,
  setBy: ['SMTP_URL'],
  variables: SMTP_VARIABLES,
  settings: SmtpSettings,
  create: (settings, { signing }) => new SmtpProvider(settings, signing),
});
