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
  undelivered: 'SMS Failed',
  failed: 'SMS Failed',
};

/** 30005 unknown destination, 30006 landline or unreachable carrier: the number takes no texts. */
const DEAD_NUMBER = new Set(['30005', '30006']);

/** Twilio gave it up in its own queue, at the end of the time we gave it: no phone was tried. */
const EXPIRED = '30036';

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
  return [
    {
      // Twilio gives its callbacks no ids; each state of a message is told once.
      eventId: `twilio:${sid}:${status}`,
      messageId,
      name,
      occurredAt: request.receivedAt,
      providerId: sid,
      ...(name === 'SMS Failed' &&
        code !== EXPIRED && { bounce: DEAD_NUMBER.has(code) ? 'hard' : 'soft' }),
    },
  ];
}
