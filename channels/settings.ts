import { z } from 'zod';
import { SendgridSettings } from '#channels/email/sendgrid.ts';
import { isWebhookKey, type SendgridWebhookSettings } from '#channels/email/sendgrid-webhook.ts';
import { SmtpSettings } from '#channels/email/smtp.ts';
import { FcmSettings } from '#channels/push/fcm.ts';
import { TwilioSettings } from '#channels/sms/twilio.ts';
import type { TwilioWebhookSettings } from '#channels/sms/twilio-webhook.ts';

/** Everything the channels are told, read from the environment once. */
export const ChannelSettings = z.object({
  email: z.discriminatedUnion('provider', [
    SendgridSettings.extend({ provider: z.literal('sendgrid') }),
    SmtpSettings.extend({ provider: z.literal('smtp') }),
  ]),
  sms: TwilioSettings,
  push: FcmSettings,
  /** As SendGrid's settings page shows it. */
  sendgridWebhookKey: z.string().refine(isWebhookKey).nullable(),
});
export type ChannelSettings = z.infer<typeof ChannelSettings>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Which variable a wrong setting comes from, for the sentence that the operator reads. */
const VARIABLES: Readonly<Record<string, string>> = {
  'email.apiKey': 'SENDGRID_API_KEY',
  'email.baseUrl': 'SENDGRID_BASE_URL',
  'email.url': 'SMTP_URL',
  'email.from': 'MAIL_FROM',
  sendgridWebhookKey: 'SENDGRID_WEBHOOK_PUBLIC_KEY',
  'sms.accountSid': 'TWILIO_ACCOUNT_SID',
  'sms.authToken': 'TWILIO_AUTH_TOKEN',
  'sms.from': 'TWILIO_FROM',
  'sms.baseUrl': 'TWILIO_BASE_URL',
  'sms.publicUrl': 'KAIROS_PUBLIC_URL',
  'push.baseUrl': 'FCM_BASE_URL',
  'push.tokenUrl': 'FCM_TOKEN_URL',
};

/**
 * Reads the channels' settings. E-mail goes through SendGrid where SENDGRID_API_KEY is set, else
 * through SMTP_URL. Throws an Error that names the variables at fault, never their values.
 */
export function channelSettings(env: Environment, publicUrl: string): ChannelSettings {
  const present = (fields: Record<string, string | undefined>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => Boolean(value)));
  const smtp = !env.SENDGRID_API_KEY && Boolean(env.SMTP_URL);
  const email = smtp
    ? { provider: 'smtp', ...present({ url: env.SMTP_URL, from: env.MAIL_FROM }) }
    : {
        provider: 'sendgrid',
        ...present({
          apiKey: env.SENDGRID_API_KEY,
          baseUrl: env.SENDGRID_BASE_URL,
          from: env.MAIL_FROM,
        }),
      };
  const read = ChannelSettings.safeParse({
    email,
    sms: present({
      accountSid: env.TWILIO_ACCOUNT_SID,
      authToken: env.TWILIO_AUTH_TOKEN,
      from: env.TWILIO_FROM,
      baseUrl: env.TWILIO_BASE_URL,
      publicUrl,
    }),
    push: {
      serviceAccount: parseJson(env.FCM_SERVICE_ACCOUNT),
      ...present({ baseUrl: env.FCM_BASE_URL, tokenUrl: env.FCM_TOKEN_URL }),
    },
    sendgridWebhookKey: null,
    ...present({ sendgridWebhookKey: env.SENDGRID_WEBHOOK_PUBLIC_KEY }),
  });
  if (read.success) return read.data;
  const names = new Set(read.error.issues.map(({ path }) => variableOf(path.join('.'))));
  throw new Error(`these variables are missing or wrong: ${[...names].join(', ')}`);
}

function variableOf(path: string): string {
  return path.startsWith('push.serviceAccount') ? 'FCM_SERVICE_ACCOUNT' : (VARIABLES[path] ?? path);
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    // Reported with the other faults, by the variable's name.
    return undefined;
  }
}

/** What the two webhooks need of the settings. */
export function webhookSettings(settings: ChannelSettings): {
  sendgrid: SendgridWebhookSettings;
  twilio: TwilioWebhookSettings;
} {
  return {
    sendgrid: { publicKey: settings.sendgridWebhookKey },
    twilio: { authToken: settings.sms.authToken, publicUrl: settings.sms.publicUrl },
  };
}
