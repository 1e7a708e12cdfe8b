import twilio from 'twilio';
import { z } from 'zod';
import type { InboundText, TextsHook } from '#channels/inbound-text.ts';
import { headerOf, wrongSignature, type WebhookRequest } from '#channels/webhook-request.ts';
import { DomainError } from '#domain/errors.ts';

interface TwilioTextsSettings {
  /** The account's token, which signs; null: every post is refused. */
  authToken: string | null;
  /** Kairos' own address as Twilio reaches it: a part of what is signed. */
  publicUrl: string;
}

const Inbound = z.object({
  MessageSid: z.string().min(1).max(64),
  From: z.string(),
  Body: z.string().default(''),
  // Set where Twilio's Advanced Opt-Out knew the word, and answered it.
  OptOutType: z.string().optional(),
});

/** Numbers that can be texted; short codes and other channels' addresses write, too. */
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * One text that Twilio took in. Twilio tells no time, so that it is the time it came in. Throws
 * `forbidden` for a wrong or missing signature, `malformed` for anything but a text.
 */
export function readText(
  request: WebhookRequest,
  settings: TwilioTextsSettings,
): InboundText | null {
  const form = Object.fromEntries(new URLSearchParams(request.rawBody.toString('utf8')));
  const signature = headerOf(request, 'x-twilio-signature');
  const url = settings.publicUrl.replace(/\/+$/, '') + request.target;
  if (settings.authToken === null || !signature) throw wrongSignature();
  if (!twilio.validateRequest(settings.authToken, signature, url, form)) throw wrongSignature();
  const read = Inbound.safeParse(form);
  if (!read.success) throw new DomainError('malformed', 'The body is no text message.');
  const { MessageSid: sid, From: from, Body: text, OptOutType: word } = read.data;
  if (!E164.test(from)) return null;
  return { id: `twilio:${sid}`, from, text, at: request.receivedAt, isAnswered: Boolean(word) };
}

/** TwiML: with a text in it Twilio sends that to whoever wrote. */
export const replyText: TextsHook['reply'] = (text) => {
  const response = new twilio.twiml.MessagingResponse();
  if (text !== null) response.message(text);
  return { type: 'text/xml', body: response.toString() };
};
