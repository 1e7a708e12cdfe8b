import { describe, expect, it } from '@jest/globals';
import { makeSandboxAccounts, sandboxEnvironment, usesSandbox } from '#sandbox/accounts.ts';

const URL = 'http://127.0.0.1:9/';
const ALL_REAL = { SMTP_URL: 'smtp://m', TWILIO_ACCOUNT_SID: 'AC', FCM_SERVICE_ACCOUNT: '{}' };

describe('the environment of the sandbox', () => {
  const accounts = makeSandboxAccounts();

  it('fills every channel that has no real provider', () => {
    const made = sandboxEnvironment(accounts, URL, {});
    expect(made).toMatchObject({
      SENDGRID_API_KEY: expect.stringMatching(/^SG\./),
      SENDGRID_BASE_URL: 'http://127.0.0.1:9',
      TWILIO_ACCOUNT_SID: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      TWILIO_FROM: expect.stringMatching(/^\+120255501\d\d$/),
      FCM_TOKEN_URL: 'http://127.0.0.1:9/token',
      MAIL_FROM: 'shop@kairos.example',
    });
    expect(usesSandbox({})).toBe(true);
  });

  it('never mixes a real account with the sandbox’s address', () => {
    const made = sandboxEnvironment(accounts, URL, { TWILIO_AUTH_TOKEN: 'real', SMTP_URL: 'x' });
    expect(Object.keys(made).sort()).toEqual([
      'FCM_BASE_URL',
      'FCM_SERVICE_ACCOUNT',
      'FCM_TOKEN_URL',
      'INFOBIP_API_KEY',
      'INFOBIP_BASE_URL',
      'INFOBIP_VIBER_SENDER',
      'VAPID_PRIVATE_KEY',
      'VAPID_PUBLIC_KEY',
      'VAPID_SUBJECT',
      'WEB_PUSH_BASE_URL',
    ]);
  });

  it('is empty when all channels are real', () => {
    expect(sandboxEnvironment(accounts, URL, ALL_REAL)).toEqual({});
    expect(usesSandbox(ALL_REAL)).toBe(false);
  });
});
