import { z } from 'zod';
import webPush from 'web-push';
import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
  type ProviderReceipt,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import {
  connectionFailure,
  retryAfterMs,
  statusFailure,
  withDeadline,
} from '#channels/read-failure.ts';
import { messageOfReceipt, receiptUrl, type ReceiptLinks } from '#channels/receipt-links.ts';
import type { WebhookRequest } from '#channels/webhook-request.ts';
import { DomainError } from '#domain/errors.ts';
import { readSubscription, type PushSubscription } from '#domain/message/push-subscription.ts';
import type { ReceiptName } from '#domain/message/receipts.ts';

const NAME = 'web-push';

const Settings = z.object({
  /** The pair of keys that browsers subscribe to, in base64url: a point of P-256 and its secret. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{87}$/),
  privateKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Whom a push service writes to about us: `mailto:…` or an https address. */
  subject: z.string().regex(/^(mailto:|https:\/\/)/),
  /** Push services beside the browsers' own, by commas. */
  services: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((host) => host.trim())
        .filter(Boolean),
    ),
  /** Everything goes here instead, under the path of its address: the sandbox's. */
  baseUrl: z.url().optional(),
});
type Settings = z.infer<typeof Settings>;

const CAPABILITIES: Capabilities = {
  // From the browser's service worker.
  deliveryReceipts: true,
  openReceipts: true,
  acceptanceReceipts: false,
  lookup: false,
  idempotent: false,
  // Push services take 4096 bytes, encryption included.
  maxLength: null,
  images: true,
  costMicros: 0,
};

/**
 * The browsers' own push services: Chrome and Edge on Android, Firefox, Safari, Edge on Windows. The
 * address of a subscription is a browser's word, and a server must not post wherever it is told.
 */
const SERVICES = [
  'fcm.googleapis.com',
  'push.services.mozilla.com',
  'push.apple.com',
  'notify.windows.com',
];

/** A push service keeps a message for a browser that is closed no longer, in seconds: a day. */
const TTL_S = 86_400;

/** The address is no more: the permission was taken back, or it never was. */
const GONE = new Set([404, 410]);

/** Web push by VAPID (RFC 8292) to whatever service the browser has chosen. */
class VapidWebPush implements Provider {
  readonly name = NAME;
  readonly channel = 'web-push';
  readonly capabilities = CAPABILITIES;
  private readonly settings: Settings;
  private readonly links: ReceiptLinks;

  constructor(settings: Settings, links: ReceiptLinks) {
    this.settings = settings;
    this.links = links;
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const { url, headers, body } = this.request(outgoing);
    try {
      return await withDeadline(NAME, outgoing.timeoutMs, post(url, headers, body, outgoing));
    } catch (error) {
      throw connectionFailure(NAME, error);
    }
  }

  /** Whatever goes wrong here, nothing was sent yet. */
  private request(outgoing: Outgoing): {
    url: string;
    headers: Record<string, string>;
    body: Buffer;
  } {
    const subscription = readSubscription(outgoing.to);
    if (subscription === null) throw new ProviderError('badAddress', `${NAME}-subscription`);
    // A browser of tomorrow may well have a service that nobody has named here yet.
    if (!this.isPushService(subscription)) throw new ProviderError('ourFault', `${NAME}-service`);
    const payload = this.payloadOf(outgoing);
    const { subject, publicKey, privateKey, baseUrl } = this.settings;
    const { headers, body } = sealed(subscription, payload, {
      vapidDetails: { subject, publicKey, privateKey },
      TTL: ttlOf(outgoing),
    });
    const { pathname, search } = new URL(subscription.endpoint);
    const base = baseUrl?.replace(/\/+$/, '');
    const url = base === undefined ? subscription.endpoint : `${base}${pathname}${search}`;
    return { url, headers, body };
  }

  private isPushService({ endpoint }: PushSubscription): boolean {
    const { hostname } = new URL(endpoint);
    return [...SERVICES, ...this.settings.services].some(
      (host) => hostname === host || hostname.endsWith(`.${host}`),
    );
  }

  /** What the service worker shows, and where it tells that it did. */
  private payloadOf({ content, messageId }: Outgoing): string {
    if (content.channel !== 'web-push') {
      throw new ProviderError('ourFault', `${NAME}-wrong-channel`);
    }
    const { title, body, link, image } = content;
    return JSON.stringify({
      title,
      body,
      ...(link !== undefined && { link }),
      ...(image !== undefined && { image }),
      kairos_message_id: messageId,
      kairos_receipts: receiptUrl(this.links, NAME, messageId),
    });
  }
}

/** How long a push service keeps it for a browser that is closed, in seconds. */
function ttlOf({ expiresInMs = Infinity }: Outgoing): number {
  return Math.min(TTL_S, Math.max(0, Math.floor(expiresInMs / 1_000)));
}

/** The request as web-push encrypts and signs it. */
function sealed(
  subscription: PushSubscription,
  payload: string,
  asked: { vapidDetails: { subject: string; publicKey: string; privateKey: string }; TTL: number },
): { headers: Record<string, string>; body: Buffer } {
  try {
    const options = { ...asked, contentEncoding: 'aes128gcm' } as const;
    const made = webPush.generateRequestDetails(subscription, payload, options);
    return { headers: { ...made.headers }, body: made.body };
  } catch {
    // A point that is not on the curve: no browser made this.
    throw new ProviderError('badAddress', `${NAME}-keys`);
  }
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: Buffer,
  { timeoutMs }: Outgoing,
): Promise<{ providerId: string | null }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await answer.arrayBuffer();
  if (answer.ok) return { providerId: answer.headers.get('location') };
  const { status } = answer;
  if (GONE.has(status)) throw new ProviderError('badAddress', `${NAME}-${String(status)}`);
  const wait = retryAfterMs(answer.headers.get('retry-after'), Date.now());
  const general = statusFailure(NAME, status, wait);
  throw general ?? new ProviderError('ourFault', `${NAME}-${String(status)}`);
}

const EVENTS: Readonly<Record<string, ReceiptName>> = {
  received: 'Web Push Received',
  clicked: 'Web Push Clicked',
};

/**
 * What a service worker tells of the message it was given the address for, by `event` in that
 * address: it cannot be told of anything else. @throws DomainError `forbidden`, `malformed`
 */
function readWorkerPost(
  request: WebhookRequest,
  _settings: object,
  links: ReceiptLinks,
): ProviderReceipt[] {
  const messageId = messageOfReceipt(links, NAME, request);
  const event = new URL(request.target, 'http://kairos').searchParams.get('event') ?? '';
  const name = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
  if (name === undefined) {
    throw new DomainError('malformed', 'Add `event=received` or `event=clicked` to the address.');
  }
  const eventId = `${NAME}:${messageId}:${event}`;
  return [{ eventId, messageId, name, occurredAt: request.receivedAt, providerId: null }];
}

export const vapidWebPush = defineProvider({
  name: NAME,
  channel: 'web-push',
  capabilities: CAPABILITIES,
  setBy: ['VAPID_PRIVATE_KEY'],
  variables: {
    publicKey: 'VAPID_PUBLIC_KEY',
    privateKey: 'VAPID_PRIVATE_KEY',
    subject: 'VAPID_SUBJECT',
    services: 'WEB_PUSH_SERVICES',
    baseUrl: 'WEB_PUSH_BASE_URL',
  },
  settings: Settings,
  create: (settings, links) => new VapidWebPush(settings, links),
  receipts: {
    signedBy:
      'the token in the address that came with the message; `event` in it is `received` or `clicked`',
    contentType: 'text/plain',
    variables: {},
    settings: z.object({}),
    read: readWorkerPost,
  },
});
