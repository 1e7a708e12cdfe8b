import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { verifyAndParse } from '#channels/email/sendgrid-webhook.ts';
import type { WebhookRequest } from '#channels/webhook-request.ts';

const KEYS = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const publicKey = KEYS.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

function signed(body: string): WebhookRequest {
  const timestamp = '1700000000';
  const signature = sign('sha256', Buffer.from(timestamp + body), KEYS.privateKey);
  return {
    rawBody: Buffer.from(body),
    headers: {
      'x-twilio-email-event-webhook-timestamp': timestamp,
      'x-twilio-email-event-webhook-signature': signature.toString('base64'),
    },
    target: '/v1/webhooks/sendgrid',
    receivedAt: 1_700_000_100_000,
  };
}

const OURS = { timestamp: 1_700_000_000, sg_event_id: 'e1', kairos_message_id: 'r/s/0/0' };

function receipts(...events: object[]) {
  return verifyAndParse(signed(JSON.stringify(events)), { publicKey });
}

describe('the receipts in SendGrid’s webhook', () => {
  it.each([
    ['processed', 'Email Processed'],
    ['delivered', 'Email Delivered'],
    ['open', 'Email Opened'],
    ['click', 'Email Link Clicked'],
    ['spamreport', 'Email Marked as Spam'],
    ['unsubscribe', 'Unsubscribed'],
    ['group_unsubscribe', 'Unsubscribed'],
  ])('calls %s "%s"', (event, name) => {
    const found = receipts({ ...OURS, event, sg_message_id: 'abc.recvd-1' });
    const occurredAt = 1_700_000_000_000;
    const ids = { eventId: 'sendgrid:e1', messageId: 'r/s/0/0', providerId: 'abc' };
    expect(found).toEqual([{ ...ids, name, occurredAt }]);
  });

  it.each([
    ['hard', { event: 'bounce', type: 'bounce' }],
    ['soft', { event: 'bounce', type: 'blocked' }],
    ['hard', { event: 'dropped', reason: 'Bounced Address' }],
    ['hard', { event: 'dropped', reason: 'Invalid' }],
  ])('calls a bounce %s for %j', (bounce, event) => {
    expect(receipts({ ...OURS, ...event })).toMatchObject([{ name: 'Email Bounced', bounce }]);
  });

  it.each([
    ...['Unsubscribed Address', 'Spam Reporting Address', 'Invalid SMTPAPI header'],
    ...['Spam Content', 'Recipient List over Package Quota', undefined],
  ])('says nothing of the address where SendGrid dropped a mail for: %s', (reason) => {
    const [found] = receipts({ ...OURS, event: 'dropped', reason });
    expect(found).toMatchObject({ name: 'Email Bounced' });
    expect(found).not.toHaveProperty('bounce');
  });

  it('says which link was followed', () => {
    const useragent = 'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0';
    const url = 'https://shop.example/sale?utm_source=mail';
    expect(receipts({ ...OURS, event: 'click', useragent, ip: '203.0.113.9', url })).toMatchObject([
      { name: 'Email Link Clicked', link: { url } },
    ]);
  });

  it.each([
    ['Email Opened by Machine', 'privacyProxy', { event: 'open', sg_machine_open: true }],
    ['Email Opened by Machine', 'privacyProxy', { event: 'open', useragent: 'Mozilla/5.0' }],
    ['Email Opened by Machine', 'scanner', { event: 'open', useragent: 'curl/8.4.0' }],
    ['Email Link Clicked by Machine', 'scanner', { event: 'click', useragent: 'curl/8.4.0' }],
  ])('tells %s (%s) from a person’s: %j', (name, machine, event) => {
    expect(receipts({ ...OURS, ...event })).toMatchObject([{ name, machine }]);
  });

  it('takes what says nothing of itself, or of a machine, for a person’s', () => {
    const person = { ...OURS, event: 'open', sg_machine_open: false };
    expect(receipts(person, { ...person, sg_machine_open: 'yes', useragent: 7 })).toMatchObject([
      { name: 'Email Opened' },
      { name: 'Email Opened' },
    ]);
  });

  it('leaves out other kinds, mails that are not ours, and what is no event', () => {
    const others = [
      { ...OURS, event: 'deferred' },
      { ...OURS, event: 'constructor' },
      { ...OURS, event: 'open', kairos_message_id: undefined },
      { ...OURS, event: 'open', timestamp: 'yesterday' },
      { ...OURS, event: 'open', timestamp: 1e300 },
    ];
    expect(receipts(...others, [])).toEqual([]);
    expect(receipts(...others, { ...OURS, event: 'open' })).toHaveLength(1);
  });

  it.each(['', '{', '{}', 'null', '"x"'])('calls a signed body of %j malformed', (body) => {
    const parse = () => verifyAndParse(signed(body), { publicKey });
    expect(parse).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
