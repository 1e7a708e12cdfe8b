import { describe, expect, it } from '@jest/globals';
import { createProviders } from '#channels/providers.ts';
import { channelSettings } from '#channels/settings.ts';

const ENV = {
  SENDGRID_API_KEY: 'SG.key',
  MAIL_FROM: 'shop@kairos.example',
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'secret-token',
  TWILIO_FROM: '+12025550100',
  FCM_SERVICE_ACCOUNT: JSON.stringify({
    project_id: 'shop',
    client_email: 'x@shop.example',
    private_key: 'pem',
  }),
};
const LINKS = { publicUrl: 'https://kairos.example', signing: 'secret', known: ['secret'] };

describe('the settings of the channels', () => {
  it('send e-mail through SendGrid where its key is set, else through SMTP', () => {
    const smtp = { ...ENV, SMTP_URL: 'smtps://mail.example:465' };
    expect(createProviders(channelSettings(smtp, LINKS)).email.name).toBe('sendgrid');
    const alone = { ...smtp, SENDGRID_API_KEY: '' };
    expect(createProviders(channelSettings(alone, LINKS)).email.name).toBe('smtp');
  });

  it('name the variables at fault and never their values', () => {
    const wrong = {
      ...ENV,
      TWILIO_ACCOUNT_SID: 'secret-typo',
      FCM_SERVICE_ACCOUNT: '{"private_key":"hush"}',
      SENDGRID_WEBHOOK_PUBLIC_KEY: 'no key',
      MAIL_FROM: undefined,
    };
    expect(() => channelSettings(wrong, LINKS)).toThrow(
      'these variables are missing or wrong: MAIL_FROM, TWILIO_ACCOUNT_SID, FCM_SERVICE_ACCOUNT, SENDGRID_WEBHOOK_PUBLIC_KEY',
    );
  });

  it('may leave Viber out: what is sent in it fails, and a cascade goes on', async () => {
    const { viber } = createProviders(channelSettings(ENV, LINKS));
    const content = { channel: 'viber', text: 'Hi' } as const;
    const sending = viber.send({ messageId: 'm', to: '+12025550100', content, timeoutMs: 1_000 });
    await expect(sending).rejects.toMatchObject({
      action: 'ourFault',
      message: 'viber-not-set',
    });
    expect(() => channelSettings({ ...ENV, INFOBIP_VIBER_SENDER: 'Shop' }, LINKS)).toThrow(
      'these variables are missing or wrong: INFOBIP_API_KEY, INFOBIP_BASE_URL',
    );
  });
});
