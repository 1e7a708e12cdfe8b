import { describe, expect, it } from '@jest/globals';
import twilio from 'twilio';
import { verifyAndParse } from '#channels/sms/twilio-webhook.ts';

const SETTINGS = { authToken: 'secret', publicUrl: 'https://kairos.example/' };
const TARGET = '/v1/webhooks/twilio?message=r%2Fs%2F0%2F1';

function receipts(form: Record<string, string>, target = TARGET) {
  const signature = twilio.getExpectedTwilioSignature(
    SETTINGS.authToken,
    `https://kairos.example${target}`,
    form,
  );
  const rawBody = Buffer.from(new URLSearchParams(form).toString());
  const headers = { 'x-twilio-signature': signature };
  return verifyAndParse({ rawBody, headers, target, receivedAt: 17 }, SETTINGS);
}

describe('the receipts in Twilio’s status callback', () => {
  it.each([
    ['sent', 'SMS Sent'],
    ['delivered', 'SMS Delivered'],
  ])('calls %s "%s", at the time it came in', (status, name) => {
    const found = receipts({ MessageSid: 'SM1', MessageStatus: status, To: '+1 202 555 0100' });
    const ids = { eventId: `twilio:SM1:${status}`, messageId: 'r/s/0/1', providerId: 'SM1' };
    expect(found).toEqual([{ ...ids, name, occurredAt: 17 }]);
  });

  it.each([
    ['undelivered', '30005', 'hard'],
    ['failed', '30006', 'hard'],
    ['undelivered', '30003', 'soft'],
    ['failed', '', 'soft'],
  ])('calls %s with error %s a %s failure', (status, code, bounce) => {
    const found = receipts({ MessageSid: 'SM1', MessageStatus: status, ErrorCode: code });
    expect(found).toMatchObject([{ name: 'SMS Failed', bounce }]);
  });

  it.each([
    ['failed', '30036'],
    ['undelivered', '30007'],
    ['undelivered', '30034'],
    ['failed', '30002'],
    ['canceled', ''],
  ])('calls %s with error %s failed, and says nothing of the number', (status, code) => {
    const [found] = receipts({ MessageSid: 'SM1', MessageStatus: status, ErrorCode: code });
    expect(found).toMatchObject({ name: 'SMS Failed' });
    expect(found).not.toHaveProperty('bounce');
  });

  it('takes what was read for delivered, once', () => {
    const [read] = receipts({ MessageSid: 'SM1', MessageStatus: 'read' });
    const [delivered] = receipts({ MessageSid: 'SM1', MessageStatus: 'delivered' });
    expect(read).toEqual(delivered);
  });

  it('leaves out states that say nothing new and messages that are not ours', () => {
    const early = ['queued', 'accepted', 'scheduled', 'sending', 'receiving', 'received'];
    for (const MessageStatus of early) {
      expect(receipts({ MessageSid: 'SM1', MessageStatus })).toEqual([]);
    }
    expect(receipts({ MessageSid: 'SM1', MessageStatus: 'constructor' })).toEqual([]);
    const bare = '/v1/webhooks/twilio';
    expect(receipts({ MessageSid: 'SM1', MessageStatus: 'sent' }, bare)).toEqual([]);
  });

  it('calls a signed body without a message malformed', () => {
    expect(() => receipts({ Body: 'hi' })).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
