import { sendgrid } from '#channels/email/sendgrid.ts';
import { smtp } from '#channels/email/smtp.ts';
import type { ProviderKind } from '#channels/provider-kind.ts';
import { fcm } from '#channels/push/fcm.ts';
import { vapidWebPush } from '#channels/push/web-push.ts';
import { infobipSms } from '#channels/sms/infobip.ts';
import { twilioSms } from '#channels/sms/twilio.ts';
import { infobipViber } from '#channels/viber/infobip.ts';

/**
 * Every provider there is, one line each: with their capabilities this is the one table of what may
 * be relied on. Of those set for a channel the first is the first choice.
 */
export const PROVIDER_KINDS: readonly ProviderKind[] = [
  sendgrid,
  smtp,
  twilioSms,
  infobipSms,
  fcm,
  vapidWebPush,
  infobipViber,
];

/** Those that post receipts to us. */
export const WEBHOOK_NAMES: readonly string[] = PROVIDER_KINDS.filter(
  ({ webhook }) => webhook !== null,
).map(({ name }) => name);
