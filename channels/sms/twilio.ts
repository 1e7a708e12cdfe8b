import twilio from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import { z } from 'zod';
import { jsonOr } from '#channels/json-text.ts';
import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
  type Sought,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import {
  connectionFailure,
  readHeader,
  retryAfterMs,
  statusFailure,
  withDeadline,
} from '#channels/read-failure.ts';
import { webhookUrl } from '#channels/receipt-links.ts';
import { textHash } from '#channels/text-hash.ts';
import { readText, replyText } from '#channels/sms/twilio-texts.ts';
import { verifyAndParse } from '#channels/sms/twilio-webhook.ts';

const TwilioSettings = z.object({
  accountSid: z.string().regex(/^AC[0-9a-fA-F]{32}$/),
  authToken: z.string().min(1),
  /** An E.164 number of the account, or a messaging service (`MG…`). */
  from: z.string().min(1),
  baseUrl: z.url().optional(),
});
type TwilioSettings = z.infer<typeof TwilioSettings> & {
  /** Kairos' own address as Twilio reaches it. */
  publicUrl: string;
};

const CAPABILITIES: Capabilities = {
  deliveryReceipts: true,
  openReceipts: false,
  // `sent` may be hours away while Twilio queues for a busy number; its message list is asked.
  acceptanceReceipts: false,
  lookup: true,
  idempotent: false,
  maxLength: 1_600,
  images: false,
  costMicros: 10_000,
};

/** The longest a connection may hang: every call has a shorter deadline of its own. */
const SOCKET_TIMEOUT_MS = 30_000;
/** A look-up reads at most this many messages to one number. */
const LOOKUP_PAGE_SIZE = 100;
const LOOKUP_MESSAGES_MAX = 1_000;
/** Twilio holds a message for a busy number no longer, in seconds: ten hours. */
const VALIDITY_MAX_S = 36_000;
/** Twilio's clock and ours differ by less than this. */
const CLOCK_SKEW_MS = 5_000;
const SECOND_MS = 1_000;

const BAD_ADDRESS = new Set([21211, 21214, 21217, 21401, 21407, 21421, 21604, 21612, 21614]);
const OPTED_OUT = new Set([21610]);
/** The queue of our number is full. */
const QUEUE_FULL = new Set([21611]);

const Refusal = z.object({ code: z.number().optional() }).catch({});

function refusalOf(status: number, body: unknown, retryAfter: string | undefined): ProviderError {
  const { code } = Refusal.parse(typeof body === 'string' ? jsonOr(body, {}) : body);
  const named = `twilio-${String(code ?? status)}`;
  if (code !== undefined && OPTED_OUT.has(code)) return new ProviderError('optedOut', named);
  if (code !== undefined && BAD_ADDRESS.has(code)) return new ProviderError('badAddress', named);
  if (code !== undefined && QUEUE_FULL.has(code)) return new ProviderError('retryLater', named);
  const general = statusFailure('twilio', status, retryAfterMs(retryAfter, Date.now()));
  return general ?? new ProviderError('ourFault', named);
}

/** Twilio's own client, sent to another address where one is set, and strict about answers. */
class BaseUrlClient extends twilio.RequestClient {
  private readonly baseUrl: string | undefined;

  constructor(baseUrl: string | undefined) {
    super({ timeout: SOCKET_TIMEOUT_MS });
    this.baseUrl = baseUrl?.replace(/\/+$/, '');
  }

  override async request<T>(options: RequestClient.RequestOptions<T>) {
    const { pathname, search } = new URL(options.uri);
    const uri = this.baseUrl === undefined ? options.uri : `${this.baseUrl}${pathname}${search}`;
    const answer = await super.request<T>({ ...options, uri });
    if (answer.statusCode >= 400) {
      // Thrown here, as Twilio's own exception leaves Retry-After out and puts numbers in.
      throw refusalOf(answer.statusCode, answer.body, readHeader(answer.headers, 'retry-after'));
    }
    return answer;
  }
}

/** Text messages through Twilio. */
class TwilioProvider implements Provider {
  readonly name = 'twilio';
  readonly channel = 'sms';
  readonly capabilities = CAPABILITIES;
  private readonly settings: TwilioSettings;
  private readonly client: twilio.Twilio;

  constructor(settings: TwilioSettings) {
    this.settings = settings;
    this.client = twilio(settings.accountSid, settings.authToken, {
      httpClient: new BaseUrlClient(settings.baseUrl),
    });
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const { to, timeoutMs } = outgoing;
    const { from } = this.settings;
    const call = this.client.messages.create({
      to,
      body: textOf(outgoing),
      ...(from.startsWith('MG') ? { messagingServiceSid: from } : { from }),
      statusCallback: this.statusCallback(outgoing.messageId),
      ...validityOf(outgoing),
    });
    return { providerId: (await this.settle(timeoutMs, call)).sid };
  }

  /**
   * Twilio lists what it took: a message to this number with the text that went out, accepted since,
   * that is none of the known ones, is ours.
   */
  async find(
    sought: Sought,
    since: number,
    known: (ids: string[]) => Promise<string[]>,
  ): Promise<string | null> {
    const { to } = sought;
    if (to === undefined) throw new ProviderError('unsure', 'twilio-sought');
    const from = Math.floor((since - CLOCK_SKEW_MS) / SECOND_MS) * SECOND_MS;
    const call = this.client.messages.list({
      to,
      dateSentAfter: new Date(from),
      pageSize: LOOKUP_PAGE_SIZE,
      limit: LOOKUP_MESSAGES_MAX,
    });
    const listed = await this.settle(sought.timeoutMs, call);
    const same = listed
      .filter(
        ({ body, direction }) => direction !== 'inbound' && textHash(body) === sought.textHash,
      )
      .map(({ sid }) => sid);
    const others = new Set(same.length > 0 ? await known(same) : []);
    // The list is latest first; the oldest unknown one is the one that was asked for.
    return same.findLast((sid) => !others.has(sid)) ?? null;
  }

  private statusCallback(messageId: string): string {
    return `${webhookUrl(this.settings, this.name)}?message=${encodeURIComponent(messageId)}`;
  }

  private async settle<T>(timeoutMs: number, call: Promise<T>): Promise<T> {
    try {
      return await withDeadline('twilio', timeoutMs, call);
    } catch (error) {
      throw connectionFailure('twilio', error);
    }
  }
}

/** How long Twilio may hold it back before it gives it up. */
function validityOf({ expiresInMs }: Outgoing): { validityPeriod?: number } {
  if (expiresInMs === undefined) return {};
  const seconds = Math.floor(expiresInMs / SECOND_MS);
  return { validityPeriod: Math.min(VALIDITY_MAX_S, Math.max(1, seconds)) };
}

function textOf({ content }: Outgoing): string {
  if (content.channel !== 'sms') throw new ProviderError('ourFault', 'twilio-wrong-channel');
  return content.text;
}

export const twilioSms = defineProvider({
  name: 'twilio',
  channel: 'sms',
  capabilities: CAPABILITIES,
  setBy: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
  variables: {
    accountSid: 'TWILIO_ACCOUNT_SID',
    authToken: 'TWILIO_AUTH_TOKEN',
    from: 'TWILIO_FROM',
    baseUrl: 'TWILIO_BASE_URL',
  },
  settings: TwilioSettings,
  create: (settings, { publicUrl }) => new TwilioProvider({ ...settings, publicUrl }),
  receipts: {
    signedBy: 'HMAC (`X-Twilio-Signature`)',
    contentType: 'application/x-www-form-urlencoded',
    variables: { authToken: 'TWILIO_AUTH_TOKEN' },
    settings: z.object({ authToken: z.string().nullable().default(null) }),
    read: (request, { authToken }, { publicUrl }) =>
      verifyAndParse(request, { authToken, publicUrl }),
    texts: {
      read: (request, { authToken }, { publicUrl }) => readText(request, { authToken, publicUrl }),
      reply: replyText,
    },
  },
});
