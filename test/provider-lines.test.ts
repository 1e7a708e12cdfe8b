import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authenticate } from 'mailauth';
import { makeDkimKey } from '#channels/email/dkim-key.ts';
import { byMail } from './support/cascades.ts';
import { freePort } from './support/sandbox-process.ts';
import { ShopCustomer } from './support/shop-customer.ts';
import { SmtpSink } from './support/smtp-sink.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const METRICS_KEY = 'metrics-key-of-provider-lines';

const DKIM = makeDkimKey();

let kairos: WholeKairos;
let smtp: SmtpSink;
let workerUrl: string;

beforeAll(async () => {
  const workerPort = await freePort();
  workerUrl = `http://127.0.0.1:${String(workerPort)}`;
  smtp = await SmtpSink.start();
  kairos = await WholeKairos.start('provider-lines', {
    env: {
      KAIROS_METRICS_KEY: METRICS_KEY,
      KAIROS_WORKER_METRICS: `127.0.0.1:${String(workerPort)}`,
      // The sandbox plays it: SMS has a second provider here.
      INFOBIP_SMS_SENDER: 'KairosShop',
      // The shop's own mail server stands by behind SendGrid.
      ...{ SMTP_URL: smtp.url(), MAIL_FROM: 'Shop <news@shop.example>' },
      ...{ MAIL_DKIM_KEY: DKIM.pem.replaceAll('\n', '\\n'), MAIL_DKIM_SELECTOR: 'k1' },
      KAIROS_PROVIDER_RATES: 'infobip-viber=2',
    },
  });
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish({
    ...{ key: 'texted', name: 'Texted', entry: { event: 'Signed Up' }, start: 'text' },
    steps: {
      text: { send: { template: 'cart-reminder', channel: 'sms' }, next: 'leave' },
      leave: { end: 'done' },
    },
  });
}, 120_000);
afterAll(async () => {
  await kairos.stop();
  await smtp.close();
});

/** One figure of the worker's. */
async function figure(series: string): Promise<number> {
  const headers = { authorization: `Bearer ${METRICS_KEY}` };
  const text = await (await fetch(`${workerUrl}/metrics`, { headers })).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

describe('a second provider of a channel', () => {
  interface ProviderView {
    channel: string;
    provider: string;
    place: number;
    health: { state: string; probeAt: string | null }[];
  }

  async function sms(): Promise<ProviderView[]> {
    const { data } = await kairos.call<{ data: ProviderView[] }>('GET', '/v1/providers');
    return data.filter(({ channel }) => channel === 'sms');
  }

  const breaker = (provider: string): Promise<number> =>
    figure(`kairos_provider_breaker{provider="${provider}",channel="sms"}`);

  async function texted(numbers: readonly string[]): Promise<void> {
    await Promise.all(
      numbers.map(async (phone) => {
        const userId = `of${phone}`;
        const context = { consent: { categoryPreferences: { sms: true } } };
        await kairos.track('identify', { userId, traits: { phone }, context });
        const properties = { cart_id: userId, name: 'Boots', url: 'https://shop.example/1' };
        await kairos.track('track', { userId, event: 'Signed Up', properties });
      }),
    );
    for (const phone of numbers) await kairos.endedRun('texted', `external:of${phone}`);
  }

  it('takes over from one that fails, and from none whose end is not known', async () => {
    expect(await sms()).toMatchObject([
      { provider: 'twilio', place: 1, health: [{ state: 'closed', probeAt: null }] },
      { provider: 'infobip-sms', place: 2, health: [{ state: 'closed' }] },
    ]);
    const numbers = Array.from({ length: 6 }, (_, n) => `+1202555016${String(n)}`);
    const lost = '+12025550170';
    await kairos.rules(
      { channel: 'sms', provider: 'twilio', outcome: 'error' },
      { channel: 'sms', provider: 'twilio', to: lost, outcome: 'lostReply' },
    );
    await texted([lost]);
    // Whether it was taken was not known: Twilio was asked, and nobody else was called.
    expect((await kairos.inbox(lost)).map(({ provider }) => provider)).toEqual(['twilio']);
    await texted(numbers);
    for (const phone of numbers) {
      const accepted = await kairos.inbox(phone);
      expect(accepted.map(({ provider }) => provider)).toEqual(['infobip-sms']);
    }
    // What somebody sends to see it goes the same way.
    const { tests } = await kairos.call<{ tests: unknown[] }>(
      'POST',
      '/v1/templates/cart-reminder/tests',
      {
        properties: { cart_id: '1', name: 'Boots', url: 'https://shop.example/1' },
        to: [{ channel: 'sms', address: '+12025550180' }],
      },
    );
    expect(tests).toMatchObject([{ provider: 'infobip-sms', status: 'accepted', reason: null }]);
    expect(await breaker('twilio')).toBe(2);
    expect(await breaker('infobip-sms')).toBe(0);
    await kairos.until('the API to know', async () =>
      (await sms())[0]?.health[0]?.state === 'open' ? true : null,
    );
  });
});

describe('the shop’s own mail server behind SendGrid', () => {
  /** What a receiver makes of the signature of a mail. */
  async function signature(raw: string): Promise<string | undefined> {
    const { dkim } = await authenticate(raw, {
      ...{ ip: '203.0.113.7', helo: 'mail.shop.example', sender: 'news@shop.example' },
      ...{ mta: 'mx.customer.example', disableArc: true, disableBimi: true, disableDmarc: true },
      resolver: (name: string) => {
        if (name === 'k1._domainkey.shop.example') return Promise.resolve([[DKIM.record]]);
        throw Object.assign(new Error('none'), { code: 'ENOTFOUND' });
      },
    });
    return dkim.results[0]?.status.result;
  }

  it('takes the mails that SendGrid cannot, signs them, and its acceptance is all that is awaited', async () => {
    await kairos.publish(byMail('mailed', 'delivered', 'PT1M'));
    const [ill, well] = [await ShopCustomer.join(kairos), await ShopCustomer.join(kairos)];
    const to = ill.addresses.email;
    await kairos.rules({ channel: 'email', provider: 'sendgrid', to, outcome: 'error' });
    for (const customer of [ill, well]) {
      await customer.does('Entered mailed', { name: 'Boots', url: 'https://shop.example/1' });
    }
    for (const customer of [ill, well]) {
      expect(await customer.path('mailed')).toBe('remind:reached -> yes:yes');
    }
    expect(smtp.mails.map((mail) => mail.to)).toEqual([to]);
    expect(await signature(smtp.mails[0]?.raw ?? '')).toBe('pass');
    expect(await ill.inbox()).toEqual([]);
    expect((await well.inbox()).map(({ provider }) => provider)).toEqual(['sendgrid']);
    const { messages } = kairos.mongo.collections;
    const mail = await messages.findOne({ profileId: await ill.profileId() });
    expect(mail).toMatchObject({ provider: 'smtp', status: 'sent', attempts: 2 });
  });
});

describe('a provider whose rate is set', () => {
  it('is called no faster, and every message goes out once', async () => {
    const languages = { en: { viber: { text: 'About {{ entry.properties.name }}' } } };
    await kairos.call('PUT', '/v1/templates/offer-note', { key: 'offer-note', languages });
    await kairos.publish({
      ...{ key: 'offer', name: 'Offer', entry: { event: 'Offered' }, start: 'tell' },
      steps: {
        tell: { send: { template: 'offer-note', channel: 'viber' }, next: 'leave' },
        leave: { end: 'done' },
      },
    });
    const people = Array.from({ length: 8 }, (_, n) => `+120255501${String(30 + n)}`);
    const context = { consent: { categoryPreferences: { viber: true } } };
    await Promise.all(
      people.map(async (phone) => {
        await kairos.track('identify', { userId: phone, traits: { phone }, context });
        await kairos.track('track', {
          userId: phone,
          event: 'Offered',
          properties: { name: 'it' },
        });
      }),
    );
    for (const phone of people) await kairos.endedRun('offer', `external:${phone}`);
    const accepted = (await Promise.all(people.map((phone) => kairos.inbox(phone)))).flat();
    expect(accepted).toHaveLength(people.length);
    const times = accepted.map(({ at }) => Date.parse(at));
    // Two a second, less what the queue lets through at once in the beginning.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(1_500);
  });
});
