import { createHmac, sign } from 'node:crypto';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { PendingReceipt } from '#sandbox/accepted-messages.ts';

/** One POST to Kairos, ready to go. */
export interface ReceiptRequest {
  url: string;
  headers: Record<string, string>;
  /** Null: it is asked for with GET, as a reader's program does. */
  body: string | null;
}

/** Who receives the receipts and in whose name they are signed. */
export interface ReceiptSettings {
  accounts: SandboxAccounts;
  /** Kairos' own address, without a slash at its end. */
  publicUrl: string;
  /** What the shop's app on the phone tracks with. */
  writeKey: string;
}

/** What the events of SendGrid's webhook say besides the fields that all have. */
const SENDGRID_DETAILS: Record<string, Record<string, string>> = {
  delivered: { response: '250 OK' },
  bounce: {
    type: 'bounce',
    status: '5.1.1',
    reason: '550 5.1.1 The email account that you tried to reach does not exist',
    bounce_classification: 'Invalid Address',
  },
  dropped: { reason: 'Unsubscribed Address' },
  open: { useragent: 'Kairos sandbox', ip: '192.0.2.1' },
  click: { useragent: 'Kairos sandbox', ip: '192.0.2.1', url: 'https://shop.example/' },
};

/** A batch of SendGrid's event webhook, signed with ECDSA over its timestamp and its body. */
export function sendgridRequest(
  receipts: readonly PendingReceipt[],
  settings: ReceiptSettings,
): ReceiptRequest {
  const events = receipts.map(({ message, name, due, eventId, tags }) => ({
    email: message.to,
    timestamp: Math.floor(due / 1000),
    'smtp-id': `<${message.id}@kairos-sandbox.example>`,
    event: name,
    sg_event_id: Buffer.from(eventId).toString('base64url'),
    sg_message_id: `${message.id}.recvd-sandbox-1-0.0`,
    ...SENDGRID_DETAILS[name],
    // SendGrid writes the sender's own arguments into the event itself, beside its own fields.
    ...tags,
  }));
  const body = JSON.stringify(events);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = settings.accounts.sendgrid.webhookPrivateKey;
  return {
    url: `${settings.publicUrl}/v1/webhooks/sendgrid`,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      'user-agent': 'SendGrid Event API',
      'x-twilio-email-event-webhook-timestamp': timestamp,
      'x-twilio-email-event-webhook-signature': sign(
        'sha256',
        Buffer.from(timestamp + body),
        key,
      ).toString('base64'),
    },
    body,
  };
}

/** The signature Twilio documents: HMAC-SHA1 over the URL and the sorted parameters, in base64. */
function twilioSignature(authToken: string, url: string, params: Record<string, string>): string {
  const signed = Object.keys(params)
    .sort()
    .reduce((text, name) => text + name + (params[name] ?? ''), url);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}

/** 30005, "unknown destination handset": what a number that is no longer in use ends with. */
const UNKNOWN_HANDSET = '30005';

/** One status callback of Twilio's; null where the sender asked for none. */
export function twilioRequest(
  receipt: PendingReceipt,
  settings: ReceiptSettings,
): ReceiptRequest | null {
  if (receipt.callback === null) return null;
  const { accountSid, authToken, from } = settings.accounts.twilio;
  const params: Record<string, string> = {
    SmsSid: receipt.message.id,
    SmsStatus: receipt.name,
    MessageStatus: receipt.name,
    To: receipt.message.to,
    MessageSid: receipt.message.id,
    AccountSid: accountSid,
    From: from,
    ApiVersion: '2010-04-01',
    ...(receipt.name === 'undelivered' && { ErrorCode: UNKNOWN_HANDSET }),
  };
  return {
    url: receipt.callback,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'user-agent': 'TwilioProxy/1.1',
      'x-twilio-signature': twilioSignature(authToken, receipt.callback, params),
    },
    body: new URLSearchParams(params).toString(),
  };
}

/** One text that somebody wrote to the account's number, as Twilio hands it on. */
export function twilioText(
  { id, from, text }: { id: string; from: string; text: string },
  { accounts, publicUrl }: ReceiptSettings,
): ReceiptRequest {
  const { accountSid, authToken, from: to } = accounts.twilio;
  const url = `${publicUrl}/v1/webhooks/twilio/texts`;
  const params: Record<string, string> = {
    ...{ ToCountry: 'US', SmsMessageSid: id, NumMedia: '0', SmsSid: id, SmsStatus: 'received' },
    ...{ Body: text, To: to, NumSegments: '1', MessageSid: id, AccountSid: accountSid },
    ...{ From: from, ApiVersion: '2010-04-01' },
  };
  return {
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'user-agent': 'TwilioProxy/1.1',
      'x-twilio-signature': twilioSignature(authToken, url, params),
    },
    body: new URLSearchParams(params).toString(),
  };
}

const PHONE_EVENTS: Record<string, string> = {
  received: 'Push Notification Received',
  tapped: 'Push Notification Tapped',
};

/**
 * What the shop's app tracks when the phone shows a push or its owner taps it. The phone knows
 * the push's data only, so it names the message and no person.
 */
export function phoneRequest(
  receipt: PendingReceipt,
  settings: ReceiptSettings,
): ReceiptRequest | null {
  const event = PHONE_EVENTS[receipt.name];
  const messageId = receipt.tags.kairos_message_id;
  if (event === undefined || messageId === undefined) return null;
  return {
    url: `${settings.publicUrl}/v1/track`,
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${settings.writeKey}:`).toString('base64')}`,
    },
    body: JSON.stringify({
      event,
      anonymousId: 'phone',
      messageId: `phone-${receipt.eventId}`,
      timestamp: new Date(receipt.due).toISOString(),
      properties: { message_id: messageId },
    }),
  };
}
