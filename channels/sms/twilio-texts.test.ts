import { describe, expect, it } from '@jest/globals';
import twilio from 'twilio';
import { readText, replyText } from './twilio-texts.ts';

const settings = { authToken: 'token-of-the-account', publicUrl: 'https://kairos.example/' };
const target = '/v1/webhooks/twilio/texts';
const FORM = { MessageSid: 'SM1', From: '+380501112233', To: '+12025550100', Body: 'STOP' };

function read(form: Record<string, string>, signature?: string): ReturnType<typeof readText> {
  const url = `https://kairos.example${target}`;
  const mark = signature ?? twilio.getExpectedTwilioSignature(settings.authToken, url, form);
  const request = {
    rawBody: Buffer.from(new URLSearchParams(form).toString()),
    headers: { 'x-twilio-signature': mark },
    ...{ target, receivedAt: 7 },
  };
  return readText(request, settings);
}

describe('a text that Twilio took in', () => {
  it('is read as it was written, under an id of its own', () => {
    expect(read(FORM)).toEqual({
      ...{ id: 'twilio:SM1', from: '+380501112233', text: 'STOP', at: 7, isAnswered: false },
    });
    expect(read({ ...FORM, OptOutType: 'STOP' })?.isAnswered).toBe(true);
  });

  it('is nobody’s whose number cannot be texted', () => {
    expect(read({ ...FORM, From: '12345' })).toBeNull();
    expect(read({ ...FORM, From: 'whatsapp:+380501112233' })).toBeNull();
  });

  it('is refused without the signature of the account, and where it is no text', () => {
    expect(() => read(FORM, 'wrong')).toThrow('signature');
    expect(() => read(FORM, '')).toThrow('signature');
    expect(() => read({ From: '+380501112233' })).toThrow('no text message');
  });

  it('is answered in TwiML, or not at all', () => {
    expect(replyText('More & less').body).toContain('<Message>More &amp; less</Message>');
    expect(replyText(null).body).toMatch(/<Response\/>$/);
  });
});
