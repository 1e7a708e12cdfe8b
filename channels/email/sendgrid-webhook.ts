import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { ProviderReceipt } from '#channels/provider.ts';
import { machineMark, type MachineMark } from '#domain/message/machine-look.ts';
import { CLICKS, OPENS, type ReceiptName } from '#domain/message/receipts.ts';
import { headerOf, wrongSignature, type WebhookRequest } from '#channels/webhook-request.ts';
import { DomainError } from '#domain/errors.ts';

interface SendgridWebhookSettings {
  /** DER in base64, as SendGrid's settings page shows it; null: every webhook is refused. */
  publicKey: string | null;
}

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

/** SendGrid posts a few thousand events at once at most; more is not SendGrid. */
const EVENTS_MAX = 20_000;

/** Longest address of a link that is kept, in characters: what browsers and programs agree on. */
const URL_MAX = 2_048;

const Event = z.object({
  event: z.string(),
  timestamp: z.number().int().positive().max(8_640_000_000_000),
  sg_event_id: z.string().min(1).max(256),
  sg_message_id: z.string().max(512).optional(),
  type: z.string().optional(),
  reason: z.string().optional(),
  /** Of opens and clicks: who looked. */
  useragent: z.string().optional().catch(undefined),
  ip: z.string().optional().catch(undefined),
  /** Of opens: SendGrid itself says that Apple's proxy fetched the picture. */
  sg_machine_open: z.boolean().optional().catch(undefined),
  /** Of clicks. */
  url: z.string().max(URL_MAX).optional().catch(undefined),
  kairos_message_id: z.string().min(1).max(512).optional(),
});
type Event = z.infer<typeof Event>;

const NAMES: Readonly<Record<string, ReceiptName>> = {
  processed: 'Email Processed',
  delivered: 'Email Delivered',
  open: 'Email Opened',
  click: 'Email Link Clicked',
  bounce: 'Email Bounced',
  dropped: 'Email Bounced',
  spamreport: 'Email Marked as Spam',
  unsubscribe: 'Unsubscribed',
  group_unsubscribe: 'Unsubscribed',
};

/**
 * The receipts in one POST of SendGrid's event webhook. Events of other kinds and of mails that
 * are not ours are left out. Age is no reason to refuse: SendGrid repeats for a day what was not
 * answered with a 2xx, and a receipt that comes twice is one event.
 * Throws `forbidden` for a wrong or missing signature, `malformed` for anything but events.
 */
export function verifyAndParse(
  request: WebhookRequest,
  settings: SendgridWebhookSettings,
): ProviderReceipt[] {
  if (!isSigned(request, settings)) throw wrongSignature();
  const events = z.array(z.unknown()).max(EVENTS_MAX).safeParse(readJson(request.rawBody));
  if (!events.success) throw malformed();
  return events.data.flatMap((event) => receiptOf(event));
}

function malformed(): DomainError {
  return new DomainError('malformed', 'The body is no list of events.');
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw malformed();
  }
}

/**
 * ECDSA over timestamp and body with node:crypto: 0.1 ms, where @sendgrid/eventwebhook takes 13 ms
 * of the event loop. The contract test holds the two to the same verdicts.
 */
function isSigned(request: WebhookRequest, { publicKey }: SendgridWebhookSettings): boolean {
  const signature = headerOf(request, SIGNATURE);
  const timestamp = headerOf(request, TIMESTAMP);
  if (publicKey === null || !signature || !timestamp) return false;
  const signed = Buffer.concat([Buffer.from(timestamp), request.rawBody]);
  return verify('sha256', signed, keyOf(publicKey), Buffer.from(signature, 'base64'));
}

/** True for a key that signatures can be checked with. */
export function isWebhookKey(publicKey: string): boolean {
  try {
    return keyOf(publicKey).asymmetricKeyType === 'ec';
  } catch {
    // No base64, or no key in it.
    return false;
  }
}

function keyOf(publicKey: string): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
}

function receiptOf(found: unknown): ProviderReceipt[] {
  const read = Event.safeParse(found);
  if (!read.success) return [];
  const event = read.data;
  const name = Object.hasOwn(NAMES, event.event) ? NAMES[event.event] : undefined;
  if (name === undefined || event.kairos_message_id === undefined) return [];
  const bounce = name === 'Email Bounced' ? bounceOf(event) : null;
  return [
    {
      eventId: `sendgrid:${event.sg_event_id}`,
      messageId: event.kairos_message_id,
      name,
      occurredAt: event.timestamp * 1000,
      // What follows the first dot names SendGrid's own machines, not the message.
      providerId: event.sg_message_id?.split('.')[0] ?? null,
      ...(bounce && { bounce }),
      ...lookOf(event),
    },
  ];
}

/** What is said of an opening or a click: by whom, and of which link. */
function lookOf(event: Event): Partial<ProviderReceipt> {
  const { event: what, url } = event;
  const machine = machineOf(event);
  const name = machine === null ? undefined : MACHINES[what];
  return {
    ...(what === 'click' && url !== undefined && { link: { url } }),
    ...(machine !== null && { machine }),
    ...(name !== undefined && { name }),
  };
}

/** What opens and clicks are called that no person made. */
const MACHINES: Readonly<Record<string, ReceiptName>> = {
  open: OPENS.machine,
  click: CLICKS.email.machine,
};

/** Why an open or a click is taken for a machine's. What says nothing of itself is believed. */
function machineOf(event: Event): MachineMark | null {
  const { event: what, useragent: agent, ip = null, sg_machine_open: isProxy } = event;
  if (what !== 'open' && what !== 'click') return null;
  if (what === 'open' && isProxy === true) return 'privacyProxy';
  if (agent === undefined) return null;
  // SendGrid fetches nothing itself: it tells of requests that it answered, long after.
  const request = { method: 'GET', purpose: '', link: 1, earlier: [], sinceSentMs: null };
  return machineMark({ what, agent, ip, ...request });
}

/** Of a drop: the address bounced before, or is none. `Invalid SMTPAPI header` is our own fault. */
const DEAD_ADDRESS = /^(?:bounced address|invalid)$/i;

/**
 * `blocked` is a passing refusal. What SendGrid drops it has not tried: for its lists of those who left
 * or complained, for a header, for a quota. Only its own lists of dead addresses say something of the
 * address; null: nothing does.
 */
function bounceOf({ event, type, reason = '' }: Event): 'hard' | 'soft' | null {
  if (event === 'bounce') return type === 'blocked' ? 'soft' : 'hard';
  return DEAD_ADDRESS.test(reason.trim()) ? 'hard' : null;
}
