import { describe, expect, it } from '@jest/globals';
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
const URL = 'https://kairos.example';

describe('the settings of the channels', () => {
  it('send e-mail through SendGrid where its key is set, else through SMTP', () => {
    const both = channelSettings({ ...ENV, SMTP_URL: 'smtp://mail.example' }, URL);
    expect(both.email.provider).toBe('sendgrid');
    const smtp = { ...ENV, SENDGRID_API_KEY: '', SMTP_URL: 'smtps://mail.example:465' };
    expect(channelSettings(smtp, URL).email).toMatchObject({ provider: 'smtp' });
  });

  it('name the variables at fault and never their values', () => {
    const wrong = {
      ...ENV,
      TWILIO_ACCOUNT_SID: 'secret-typo',
      FCM_SERVICE_ACCOUNT: '{"private_key":"hush"}',
      SENDGRID_WEBHOOK_PUBLIC_KEY: 'no key',
      MAIL_FROM: undefined,
    };
    expect(() => channelSettings(wrong, URL)).toThrow(
      'these variables are missing or wrong: MAIL_FROM, TWILIO_ACCOUNT_SID, FCM_SERVICE_ACCOUNT, SENDGRID_WEBHOOK_PUBLIC_KEY',
    );
  });
});
