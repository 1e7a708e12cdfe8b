import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import type { Rule } from '#sandbox/rules.ts';
import { byMail, byScreen, bySms, cascadeOf, everywhere } from '../support/cascades.ts';
import { pass, ShopCustomer } from '../support/shop-customer.ts';
import { WholeKairos } from '../support/whole-kairos.ts';

const shoes = { name: 'Red shoes', url: 'https://shop.example/1' };

/** The first waits five seconds for a receipt; the others as long as any machine needs. */
const cascade = cascadeOf('cascade', 'PT5S', 'PT1M', 'PT1M');
/** Whoever goes on at once here has not waited for any of these. */
const PATIENT_MS = 60_000;
const unhurried = cascadeOf('unhurried', 'PT1M', 'PT1M', 'PT1M');

const ALL: CarriedChannel[] = ['push', 'email', 'sms'];
let kairos: WholeKairos;
let rules: Rule[] = [];
/** Tests go on beside one another: what is told later must be in force later. */
let telling: Promise<void> = Promise.resolve();

beforeAll(async () => {
  kairos = await WholeKairos.start('journeys-cascade');
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.call('PUT', '/v1/templates/everywhere', everywhere);
  const definitions = [
    cascade,
    unhurried,
    byMail('opened', 'opened', 'PT1M'),
    byMail('opened-soon', 'opened', 'PT3S'),
    byMail('clicked', 'clicked', 'PT1M'),
    byMail('clicked-soon', 'clicked', 'PT3S'),
    byMail('patient', 'delivered', 'PT30S'),
    byMail('hasty', 'delivered', 'PT2S'),
    bySms,
    byScreen,
  ];
  for (const definition of definitions) await kairos.publish(definition);
}, 120_000);
afterAll(() => kairos.stop());

/** Rules add up: all customers of this file live at once. */
async function answering(
  customer: ShopCustomer,
  outcomes: Partial<Record<CarriedChannel, Rule['outcome'] | Omit<Rule, 'channel' | 'to'>>>,
): Promise<void> {
  const own = Object.values(customer.addresses);
  rules = rules.filter((rule) => rule.to === undefined || !own.includes(rule.to));
  for (const channel of CARRIED_CHANNELS) {
    const outcome = outcomes[channel];
    if (outcome === undefined) continue;
    const to = customer.addresses[channel];
    rules.push({ channel, to, ...(typeof outcome === 'string' ? { outcome } : outcome) });
  }
  telling = telling.then(() => kairos.rules(...rules));
  await telling;
}

async function join(
  has: CarriedChannel[],
  outcomes: Parameters<typeof answering>[1] = {},
): Promise<ShopCustomer> {
  const consent = { categoryPreferences: { sms: true, viber: true } };
  const customer = await ShopCustomer.join(kairos, { has, context: { consent } });
  await answering(customer, outcomes);
  return customer;
}

/** What a message of a channel costs with its first choice, in US dollars. */
async function price(channel: CarriedChannel): Promise<number> {
  const { data } = await kairos.call<{
    data: { channel: string; capabilities: { costMicros: number } }[];
  }>('GET', '/v1/providers');
  return (data.find((one) => one.channel === channel)?.capabilities.costMicros ?? NaN) / 1e6;
}

/** How long their only run of a journey took, in ms. */
async function took(customer: ShopCustomer, key: string): Promise<number> {
  const [run] = await customer.runs(key);
  return Date.parse(run?.path.at(-1)?.at ?? '') - Date.parse(run?.enteredAt ?? '');
}

describe('a cascade', () => {
  // Alone: the first push and the first mail of a process take longer than any later one.
  it('is done with the first channel that delivers', async () => {
    const customer = await join(ALL);
    await customer.does('Entered unhurried', shoes);
    expect(await customer.path('unhurried')).toBe('remind:reached -> yes:yes');
    expect(await customer.reachedOn()).toEqual(['push']);
    expect(await took(customer, 'unhurried')).toBeLessThan(PATIENT_MS);
    expect(await customer.told()).toEqual(['push delivered']);
    // What sending all would have cost on top, by the prices of the providers.
    const [run] = await customer.runs('unhurried');
    const saved = (await price('email')) + (await price('sms'));
    expect(run?.saved).toEqual({ amount: expect.closeTo(saved, 6), currency: 'USD' });
  });

  it.concurrent('saves nothing of what the gate would have kept back', async () => {
    // Silence is no consent to text messages, and this address is on the list.
    const silent = await ShopCustomer.join(kairos, { has: ALL });
    const listed = await join(ALL);
    const { email: address } = listed.addresses;
    await kairos.call('POST', '/v1/suppressions', { channel: 'email', address });
    for (const customer of [silent, listed]) await customer.does('Entered unhurried', shoes);
    const saved = async (customer: ShopCustomer): Promise<unknown> => {
      expect(await customer.path('unhurried')).toBe('remind:reached -> yes:yes');
      return (await customer.runs('unhurried'))[0]?.path[0]?.saved?.channels;
    };
    expect([await saved(silent), await saved(listed)]).toEqual([['email'], ['sms']]);
  });

  it.concurrent('waits out the patience of a silent channel, then takes the next', async () => {
    const customer = await join(ALL, { push: 'silent' });
    await customer.does('Entered cascade', shoes);
    expect(await customer.path('cascade')).toBe('remind:reached -> yes:yes');
    expect(await customer.reachedOn()).toEqual(['push', 'email']);
    // The phone is not shown it after the mail.
    const [push] = await customer.inbox();
    expect(JSON.stringify(push?.payload)).toMatch(/"ttl":"[0-5]s"/);
    expect(await took(customer, 'cascade')).toBeGreaterThanOrEqual(5_000);
    expect(await customer.told()).toEqual(['push sent', 'email delivered']);
  });

  it.concurrent(
    'goes on at once where there is no address, no consent, a refusal or a bounce',
    async () => {
      const noDevice = await join(['email', 'sms']);
      const refused = await join(ALL, { push: 'reject' });
      const bounced = await join(['email', 'sms'], { email: 'bounce' });
      const unwilling = await join(ALL);
      await kairos.call('PUT', `/v1/profiles/${unwilling.identity}/consents/push`, {
        granted: false,
        source: 'test',
      });
      const everybody = [noDevice, refused, bounced, unwilling];
      for (const customer of everybody) await customer.does('Entered unhurried', shoes);
      for (const customer of everybody) {
        expect(await customer.path('unhurried')).toBe('remind:reached -> yes:yes');
        expect(await took(customer, 'unhurried')).toBeLessThan(PATIENT_MS);
      }
      expect(await noDevice.told()).toEqual(['push suppressed noAddress', 'email delivered']);
      expect(await refused.told()).toEqual(['push failed unreachable', 'email delivered']);
      expect(await unwilling.told()).toEqual(['push suppressed noConsent', 'email delivered']);
      expect((await bounced.told()).slice(1)).toEqual(['email bounced', 'sms delivered']);
      expect(await noDevice.reachedOn()).toEqual(['email']);
      expect(await refused.reachedOn()).toEqual(['email']);
      // Nobody could have been pushed to without a device.
      const [run] = await noDevice.runs('unhurried');
      expect(run?.path[0]?.saved).toMatchObject({ channels: ['sms'] });
      expect(await unwilling.reachedOn()).toEqual(['email']);
      expect(await bounced.reachedOn()).toEqual(['email', 'sms']);
    },
  );

  it.concurrent(
    'is exhausted when no channel reaches, and at once where nothing can be sent',
    async () => {
      const unlucky = await join(ALL, { push: 'reject', email: 'bounce', sms: 'reject' });
      const nobody = await join([]);
      const silentSms = await ShopCustomer.join(kairos, { has: ['sms'] });
      for (const customer of [unlucky, nobody, silentSms]) {
        await customer.does('Entered unhurried', shoes);
      }
      for (const customer of [unlucky, nobody, silentSms]) {
        expect(await customer.path('unhurried')).toBe('remind:exhausted -> no:no');
        expect(await took(customer, 'unhurried')).toBeLessThan(PATIENT_MS);
      }
      expect(await unlucky.reachedOn()).toEqual(['email']);
      expect(await nobody.reachedOn()).toEqual([]);
      // Silence is no consent to text messages.
      expect((await silentSms.told()).at(-1)).toBe('sms suppressed noConsent');
    },
  );

  it.concurrent('goes over browser and Viber, and forgets a browser that is gone', async () => {
    const screens: CarriedChannel[] = ['web-push', 'viber'];
    const open = await join(screens);
    const closed = await join(screens, { 'web-push': 'bounce' });
    const neither = await join(['viber'], { viber: 'bounce' });
    for (const customer of [open, closed, neither]) await customer.does('Entered by-screen', shoes);
    for (const customer of [open, closed, neither]) {
      expect(await customer.path('by-screen')).toBe('remind:reached -> yes:yes');
    }
    expect(await open.told()).toEqual(['web-push delivered']);
    expect(await open.reachedOn()).toEqual(['web-push']);
    expect(await closed.told()).toEqual(['web-push failed unreachable', 'viber delivered']);
    expect(await closed.reachedOn()).toEqual(['viber']);
    expect(await neither.told()).toEqual([
      'web-push suppressed noAddress',
      'viber failed',
      'sms delivered',
    ]);
    const profileOf = ({ identity }: ShopCustomer) =>
      kairos.call<{ devices: unknown[] }>('GET', `/v1/profiles/${identity}`);
    expect((await profileOf(open)).devices).toHaveLength(1);
    await kairos.until('the browser to be forgotten', async () =>
      (await profileOf(closed)).devices.length === 0 ? true : null,
    );
  });

  it.concurrent('is content only with what it asks for: delivered, opened or clicked', async () => {
    const outcomes = { email: 'open' } as const;
    const [opens, reads, clicks, onlyOpens] = [
      await join(['email'], outcomes),
      await join(['email']),
      await join(['email'], { email: 'click' }),
      await join(['email'], outcomes),
    ];
    await opens.does('Entered opened', shoes);
    await reads.does('Entered opened-soon', shoes);
    await clicks.does('Entered clicked', shoes);
    await onlyOpens.does('Entered clicked-soon', shoes);
    expect(await opens.path('opened')).toBe('remind:reached -> yes:yes');
    expect(await reads.path('opened-soon')).toBe('remind:exhausted -> no:no');
    expect(await clicks.path('clicked')).toBe('remind:reached -> yes:yes');
    expect(await onlyOpens.path('clicked-soon')).toBe('remind:exhausted -> no:no');
    await kairos.until('the opening', async () =>
      (await onlyOpens.told()).join() === 'email opened' ? true : null,
    );
    for (const customer of [opens, reads, clicks, onlyOpens]) {
      expect(await customer.reachedOn()).toEqual(['email']);
    }
  });
});

describe('a provider in trouble', () => {
  it.concurrent('is tried again within the patience, and the message goes out once', async () => {
    const broken = await join(['email'], { email: 'error' });
    const limited = await join(['email'], { email: 'rateLimit' });
    const givenUp = await join(['email'], { email: 'error' });
    for (const customer of [broken, limited]) await customer.does('Entered patient', shoes);
    await givenUp.does('Entered hasty', shoes);
    await kairos.until('two refusals', async () => {
      const statuses = [...(await broken.told()), ...(await limited.told())];
      return statuses.filter((status) => status.startsWith('email deferred')).length === 2
        ? true
        : null;
    });
    await pass(1_000);
    await answering(broken, {});
    await answering(limited, {});
    expect(await broken.path('patient')).toBe('remind:reached -> yes:yes');
    expect(await limited.path('patient')).toBe('remind:reached -> yes:yes');
    expect(await givenUp.path('hasty')).toBe('remind:exhausted -> no:no');
    expect(await broken.reachedOn()).toEqual(['email']);
    expect(await limited.reachedOn()).toEqual(['email']);
    // Back in order too late: nothing of a channel that was given up may still go out.
    await answering(givenUp, {});
    await pass(2_000);
    expect(await givenUp.reachedOn()).toEqual([]);
  });

  it.concurrent(
    'may be slow, even longer than the patience: the message counts and is not doubled',
    async () => {
      const slow = await join(['email'], { email: { outcome: 'slow', afterMs: 1_500 } });
      const tooSlow = await join(['email'], { email: { outcome: 'slow', afterMs: 4_000 } });
      await slow.does('Entered patient', shoes);
      await tooSlow.does('Entered hasty', shoes);
      expect(await slow.path('patient')).toBe('remind:reached -> yes:yes');
      expect(await tooSlow.path('hasty')).toMatch(
        /^remind:(reached -> yes:yes|exhausted -> no:no)$/,
      );
      await pass(3_000);
      for (const customer of [slow, tooSlow]) {
        expect(await customer.reachedOn()).toEqual(['email']);
        expect(await customer.told()).toEqual(['email delivered']);
      }
    },
  );

  it.concurrent('may lose its reply: the message is recognised and never doubled', async () => {
    const mail = await join(['email'], { email: 'lostReply' });
    const push = await join(['push'], { push: 'lostReply' });
    const sms = await join(['sms'], { sms: 'lostReply' });
    await mail.does('Entered patient', shoes);
    await push.does('Entered unhurried', shoes);
    await sms.does('Entered by-sms', shoes);
    expect(await mail.path('patient')).toBe('remind:reached -> yes:yes');
    expect(await push.path('unhurried')).toBe('remind:reached -> yes:yes');
    expect(await sms.path('by-sms')).toBe('remind:sent -> yes:yes');
    await pass(2_000);
    expect(await mail.reachedOn()).toEqual(['email']);
    expect(await push.reachedOn()).toEqual(['push']);
    expect(await sms.reachedOn()).toEqual(['sms']);
    expect(await mail.told()).toEqual(['email delivered']);
    expect(await push.told()).toEqual(['push delivered']);
    expect(await sms.told()).toEqual(['sms delivered']);
  });

  it('keeps nobody from leaving at once, and what was not taken goes out no more', async () => {
    const broken = await join(['email'], { email: 'error' });
    const limited = await join(['email'], { email: 'rateLimit' });
    for (const customer of [broken, limited]) await customer.does('Entered patient', shoes);
    for (const customer of [broken, limited]) {
      await kairos.until('a refusal', async () =>
        (await customer.told())[0]?.startsWith('email deferred') === true ? true : null,
      );
      const orderedAt = Date.now();
      await customer.does('Order Completed', { order_id: customer.id, revenue: 10 });
      expect(await customer.path('patient')).toBe('remind:exited');
      const [run] = await customer.runs('patient');
      expect(Date.parse(run?.path.at(-1)?.at ?? '') - orderedAt).toBeLessThan(2_000);
      await answering(customer, {});
    }
    await pass(3_000);
    for (const customer of [broken, limited]) {
      expect(await customer.reachedOn()).toEqual([]);
      expect(await customer.told()).toEqual(['email suppressed runEnded']);
    }
  });

  it.concurrent('leaves a single text message as sent, failed or suppressed', async () => {
    const reached = await join(['sms']);
    const rejected = await join(['sms'], { sms: 'reject' });
    for (const customer of [reached, rejected]) await customer.does('Entered by-sms', shoes);
    expect(await reached.path('by-sms')).toBe('remind:sent -> yes:yes');
    expect(await rejected.path('by-sms')).toBe('remind:failed -> no:no');
  });
});
