import twilio from 'twilio';
import { z } from 'zod';
import type { ProviderReceipt } from '#channels/provider.ts';
import type { ReceiptName } from '#domain/message/receipts.ts';
import { headerOf, wrongSignature, type WebhookRequest } from '#channels/webhook-request.ts';
import { DomainError } from '#domain/errors.ts';

interface TwilioWebhookSettings {
  /** The account's token, which signs; null: every webhook is refused. */
  authToken: string | null;
  /** Kairos' own address as Twilio reaches it: a part of what is signed. */
  publicUrl: string;
}

const Callback = z.object({
  MessageSid: z.string().min(1).max(64),
  MessageStatus: z.string(),
  ErrorCode: z.string().optional(),
});

const NAMES: Readonly<Record<string, ReceiptName>> = {
  sent: 'SMS Sent',
  delivered: 'SMS Delivered',
  // Of a channel that tells of reading; whoever reads it has it.
  read: 'SMS Delivered',
  undelivered: 'SMS Failed',
  failed: 'SMS Failed',
  canceled: 'SMS Failed',
};

/** 30005 unknown destination, 30006 landline or unreachable carrier: the number takes no texts. */
const DEAD_NUMBER = new Set(['30005', '30006']);

/**
 * No phone was tried, so that nothing is said of the number: 30001 and 30022 too many at once, 30002
 * the account is suspended, 30007 filtered, 30023 the day's cap, 30034 our own number is not
 * registered, 30036 given up in the queue at the end of the time we gave it.
 */
const NOT_TRIED = new Set(['30001', '30002', '30007', '30022', '30023', '30034', '30036']);

/**
 * The receipt in one status callback of Twilio: none for states that say nothing new and for
 * messages that are not ours. Twilio tells no time, so that it is the time it came in.
 * Throws `forbidden` for a wrong or missing signature, `malformed` for anything but a callback.
 */
export function verifyAndParse(
  request: WebhookRequest,
  settings: TwilioWebhookSettings,
): ProviderReceipt[] {
  const form = Object.fromEntries(new URLSearchParams(request.rawBody.toString('utf8')));
  const signature = headerOf(request, 'x-twilio-signature');
  const url = settings.publicUrl.replace(/\/+$/, '') + request.target;
  if (settings.authToken === null || !signature) throw wrongSignature();
  if (!twilio.validateRequest(settings.authToken, signature, url, form)) throw wrongSignature();
  const read = Callback.safeParse(form);
  if (!read.success) throw new DomainError('malformed', 'The body is no status callback.');
  const { MessageSid: sid, MessageStatus: status, ErrorCode: code = '' } = read.data;
  const messageId = new URL(url).searchParams.get('message');
  const name = Object.hasOwn(NAMES, status) ? NAMES[status] : undefined;
  if (name === undefined || !messageId) return [];
  const bounce = name === 'SMS Failed' ? bounceOf(status, code) : null;
  return [
    {
      // Twilio gives its callbacks no ids; each state of a message is told once.
      eventId: `twilio:${sid}:${name === 'SMS Delivered' ? 'delivered' : status}`,
      messageId,
      name,
      occurredAt: request.receivedAt,
      providerId: sid,
      ...(bounce !== null && { bounce }),
    },
  ];
}

/** What a failure says of the number; null: nothing. */
function bounceOf(status: string, code: string): 'hard' | 'soft' | null {
  if (DEAD_NUMBER.has(code)) return 'hard';
  return status === 'canceled' || NOT_TRIED.has(code) ? null : 'soft';
}
