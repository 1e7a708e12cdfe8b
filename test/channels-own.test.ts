import { createECDH } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CarriedChannel } from '#domain/message/message.ts';
import { createProviders } from '#channels/providers.ts';
import {
  ADDRESSES,
  closeChannels,
  CONTENTS,
  inSandbox,
  openChannels,
  outgoing,
  providerOf,
  receiptsOf,
  sandbox,
  settingsOf,
  sought,
  sink,
  subscriptionAt,
  until,
} from './support/channel-bench.ts';

beforeAll(openChannels);
afterAll(closeChannels);

describe('receipts', () => {
  const RECEIVED: [CarriedChannel, 'deliver' | 'click' | 'bounce', string[]][] = [
    [
      'email',
      'click',
      ['Email Processed', 'Email Delivered', 'Email Opened', 'Email Link Clicked'],
    ],
    ['email', 'bounce', ['Email Processed', 'Email Bounced']],
    ['sms', 'deliver', ['SMS Sent', 'SMS Delivered']],
    ['sms', 'bounce', ['SMS Sent', 'SMS Failed']],
    ['web-push', 'deliver', ['Web Push Received']],
    ['web-push', 'click', ['Web Push Received', 'Web Push Clicked']],
    ['viber', 'deliver', ['Viber Delivered']],
    ['viber', 'click', ['Viber Delivered', 'Viber Read']],
    ['viber', 'bounce', ['Viber Failed']],
  ];

  it.each(RECEIVED)('of %s after %s bring our id back, signed', async (channel, outcome, names) => {
    const to = ADDRESSES[channel]();
    await sandbox.rules([{ channel, to: inSandbox(to), outcome }]);
    const message = outgoing(channel, to);
    const { providerId } = await createProviders(settingsOf())[channel].send(message);
    const found = await until(() => {
      const receipts = receiptsOf(message.messageId);
      return receipts.length >= names.length ? receipts : undefined;
    });
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort());
    // A service worker does not know what the push service calls the message.
    const known = channel === 'web-push' ? null : providerId;
    expect(found.every((receipt) => receipt.providerId === known)).toBe(true);
    expect(new Set(found.map(({ eventId }) => eventId)).size).toBe(names.length);
    const bounces = found.map(({ bounce }) => bounce).filter(Boolean);
    expect(bounces).toEqual(outcome === 'bounce' ? ['hard'] : []);
  });

  it.each(['deliver', 'bounce'] as const)(
    'of SMS by the second provider after %s are told in the same words',
    async (outcome) => {
      const to = ADDRESSES.sms();
      await sandbox.rules([{ channel: 'sms', to, outcome }]);
      const message = outgoing('sms', to);
      await providerOf('sms', {}, 'infobip-sms').send(message);
      const receipts = await until(() => {
        const found = receiptsOf(message.messageId);
        return found.length > 1 ? found : undefined;
      });
      const end = outcome === 'deliver' ? 'SMS Delivered' : 'SMS Failed';
      expect(receipts.map(({ name }) => name).sort()).toEqual([end, 'SMS Sent'].sort());
      const bounces = receipts.map(({ bounce }) => bounce).filter(Boolean);
      expect(bounces).toEqual(outcome === 'bounce' ? ['hard'] : []);
    },
  );

  it('of pushes are tracked by the phone with nothing but the message id', async () => {
    const to = ADDRESSES.push();
    await sandbox.rules([{ channel: 'push', to, outcome: 'open' }]);
    const message = outgoing('push', to);
    await createProviders(settingsOf()).push.send(message);
    const tracked = await until(() => {
      const posts = sink.to('/v1/track').map(({ rawBody }) => rawBody.toString());
      const ours = posts.filter((body) => body.includes(message.messageId));
      return ours.length === 2 ? ours.map((body): unknown => JSON.parse(body)) : undefined;
    });
    const properties = { message_id: message.messageId };
    expect(tracked).toMatchObject([
      { event: 'Push Notification Received', anonymousId: 'phone', properties },
      { event: 'Push Notification Tapped', anonymousId: 'phone', properties },
    ]);
  });

  it('never come for a silent message', async () => {
    const to = ADDRESSES.email();
    await sandbox.rules([{ channel: 'email', to, outcome: 'silent' }]);
    const message = outgoing('email', to);
    await createProviders(settingsOf()).email.send(message);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiptsOf(message.messageId)).toEqual([]);
  });
});

describe('a web push', () => {
  it('can be read by its browser alone, and tells it where to say so', async () => {
    const to = ADDRESSES['web-push']();
    const message = outgoing('web-push', to);
    await createProviders(settingsOf())['web-push'].send(message);
    const [row] = await sandbox.inbox(inSandbox(to));
    const { channel: _channel, ...shown } = CONTENTS['web-push'];
    expect(row?.payload).toEqual({
      ...shown,
      kairos_message_id: message.messageId,
      kairos_receipts: expect.stringContaining(`${sink.url}/v1/webhooks/web-push?receipt=`),
    });
    const strange = createECDH('prime256v1');
    const keys = { p256dh: strange.generateKeys('base64url'), auth: 'a'.repeat(22) };
    const { endpoint } = JSON.parse(ADDRESSES['web-push']()) as { endpoint: string };
    const sealed = outgoing('web-push', JSON.stringify({ endpoint, keys }));
    await createProviders(settingsOf())['web-push'].send(sealed);
    const [other] = await sandbox.inbox(inSandbox(sealed.to));
    expect(other?.payload).toEqual({ encryptedBytes: expect.any(Number) });
  });

  it('is posted to push services of browsers only, and to those that are named', async () => {
    const to = subscriptionAt('https://intranet.shop.example');
    const refused = createProviders(settingsOf())['web-push'].send(outgoing('web-push', to));
    // Ours to mend: the subscription is as good as any other, and stays in the profile.
    const ours = { action: 'ourFault', message: 'web-push-service' };
    await expect(refused).rejects.toMatchObject(ours);
    expect(await sandbox.inbox(inSandbox(to))).toEqual([]);
    const named = createProviders(settingsOf({ WEB_PUSH_SERVICES: 'shop.example' }))['web-push'];
    await named.send(outgoing('web-push', to));
    expect(await sandbox.inbox(inSandbox(to))).toHaveLength(1);
  });
});

describe('a message whose channel is given up after its time', () => {
  const EXPIRES_IN_MS = 90_000;
  const bySandbox = async (channel: 'sms' | 'push' | 'viber', name?: string): Promise<string> => {
    const to = ADDRESSES[channel]();
    const message = outgoing(channel, to, { expiresInMs: EXPIRES_IN_MS });
    await providerOf(channel, {}, name).send(message);
    const [row] = await sandbox.inbox(to);
    return JSON.stringify(row?.payload);
  };

  it('is given up by its provider, too', async () => {
    expect(await bySandbox('push')).toMatch(/"ttl":"90s".*"apns-expiration":"\d{10}"/);
    expect(await bySandbox('sms')).toContain('"ValidityPeriod":"90"');
    const seconds = '"validityPeriod":{"amount":90,"timeUnit":"SECONDS"}';
    expect(await bySandbox('sms', 'infobip-sms')).toContain(seconds);
    expect(await bySandbox('viber')).toContain(seconds);
    const to = ADDRESSES['web-push']();
    const message = outgoing('web-push', to, { expiresInMs: EXPIRES_IN_MS });
    await providerOf('web-push', { WEB_PUSH_BASE_URL: sink.url }).send(message);
    const [post] = sink.to(`/wpush/v2/${inSandbox(to)}`);
    expect(post?.headers.ttl).toBe('90');
  });
});

const nothingKnown = () => Promise.resolve([]);

describe('looking a Viber message up at Infobip', () => {
  it('finds the one whose answer was lost, by its id, and none that was never taken', async () => {
    const to = ADDRESSES.viber();
    const { viber } = createProviders(settingsOf());
    const message = outgoing('viber', to);
    const since = Date.now();
    expect(await viber.find?.(sought(message), since, nothingKnown)).toBeNull();
    await sandbox.rules([{ channel: 'viber', to, outcome: 'lostReply' }]);
    await expect(viber.send(message)).rejects.toMatchObject({ action: 'unsure' });
    expect(await viber.find?.(sought(message), since, nothingKnown)).toBe(message.messageId);
    expect(await sandbox.inbox(to)).toHaveLength(1);
  });

  it('says nothing of a time that the log does not reach back to', async () => {
    const { viber } = createProviders(settingsOf());
    const longAgo = Date.now() - 3 * 86_400_000;
    const asking = viber.find?.(
      sought(outgoing('viber', ADDRESSES.viber())),
      longAgo,
      nothingKnown,
    );
    await expect(asking).rejects.toMatchObject({ action: 'unsure' });
  });

  it('is told of numbers that opted out, and of numbers that are none', async () => {
    const to = ADDRESSES.viber();
    await sandbox.rules([{ channel: 'viber', to, outcome: 'optOut' }]);
    const { viber } = createProviders(settingsOf());
    await expect(viber.send(outgoing('viber', to))).rejects.toMatchObject({ action: 'optedOut' });
    const wrong = viber.send(outgoing('viber', '+0'));
    await expect(wrong).rejects.toMatchObject({ action: 'badAddress' });
  });
});

describe('looking a text message up at Twilio', () => {
  it('finds the one whose answer was lost, and not one that is known as another', async () => {
    const to = ADDRESSES.sms();
    const { sms } = createProviders(settingsOf());
    const message = outgoing('sms', to);
    const earlier = await sms.send(outgoing('sms', to));
    await sandbox.rules([{ channel: 'sms', to, outcome: 'lostReply' }]);
    const since = Date.now();
    await expect(sms.send(message)).rejects.toMatchObject({ action: 'unsure' });
    const known = (ids: string[]) => Promise.resolve(ids.filter((id) => id === earlier.providerId));
    const found = await sms.find?.(sought(message), since, known);
    expect(found).toBeTruthy();
    expect(found).not.toBe(earlier.providerId);
    expect((await sandbox.inbox(to)).map(({ id }) => id)).toEqual([earlier.providerId, found]);
  });

  it('finds nothing where nothing was accepted', async () => {
    const to = ADDRESSES.sms();
    const { sms } = createProviders(settingsOf());
    await sms.send(outgoing('sms', to, { content: { channel: 'sms', text: 'Another text' } }));
    expect(await sms.find?.(sought(outgoing('sms', to)), Date.now(), nothingKnown)).toBeNull();
  });

  it('is told when the person has opted out', async () => {
    const to = ADDRESSES.sms();
    await sandbox.rules([{ channel: 'sms', to, outcome: 'optOut' }]);
    const sending = createProviders(settingsOf()).sms.send(outgoing('sms', to));
    await expect(sending).rejects.toMatchObject({ action: 'optedOut', message: 'twilio-21610' });
  });
});
