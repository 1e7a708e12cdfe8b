import type { Channel } from '#domain/message/message.ts';
import { SendgridProvider } from '#channels/email/sendgrid.ts';
import { SmtpProvider } from '#channels/email/smtp.ts';
import type { Provider } from '#channels/provider.ts';
import { FcmProvider } from '#channels/push/fcm.ts';
import type { ChannelSettings } from '#channels/settings.ts';
import { TwilioProvider } from '#channels/sms/twilio.ts';

/** The one provider of every channel. Nothing is connected until the first send. */
export function createProviders(settings: ChannelSettings): Record<Channel, Provider> {
  const { email, sms, push } = settings;
  return {
    email: email.provider === 'smtp' ? new SmtpProvider(email) : new SendgridProvider(email),
    sms: new TwilioProvider(sms),
    push: new FcmProvider(push),
  };
}

/** Frees the connections of all providers. */
export async function closeProviders(providers: Record<Channel, Provider>): Promise<void> {
  await Promise.all(Object.values(providers).map(async (provider) => provider.close?.()));
}
