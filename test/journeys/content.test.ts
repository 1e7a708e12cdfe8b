import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { segmentDesk } from '../support/segment-desk.ts';
import { journey, ShopCustomer } from '../support/shop-customer.ts';
import type { MessageView, RunView } from '../support/views.ts';
import { WholeKairos } from '../support/whole-kairos.ts';

const shoes = { name: 'Красные туфли', url: 'https://shop.example/1' };

const send = {
  remind: {
    send: { template: 'cart-reminder', channel: 'email' },
    next: { sent: 'sent', suppressed: 'suppressed', failed: 'failed' },
  },
  sent: { end: 'sent' },
  suppressed: { end: 'suppressed' },
  failed: { end: 'failed' },
};
/** Sends by mail. */
const remind = journey('remind', send);
/** The same, once the customer has gone on. */
const later = journey('later', {
  waits: {
    waitFor: { event: 'Gone On', timeout: 'P1D' },
    next: { received: 'remind', timeout: 'failed' },
  },
  ...send,
});

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('journeys-content');
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish(remind);
  await kairos.publish(later);
}, 120_000);
afterAll(() => kairos.stop());

const reminded = 'remind:sent -> sent:sent';
const kept = 'remind:suppressed -> suppressed:suppressed';

interface Explained {
  runs: { messages: (MessageView & { reasonWords: string | null })[] }[];
}

interface Mail {
  subject?: string;
  headers?: Record<string, string>;
}

async function mailOf(customer: ShopCustomer): Promise<Mail> {
  const [first] = await customer.inbox();
  return first?.payload ?? {};
}

describe('a message', () => {
  it("speaks the customer's language: the profile's, else the browser's, else the shop's", async () => {
    const said = await ShopCustomer.join(kairos, {
      traits: { language: 'ru', first_name: 'Анна' },
    });
    const seen = await ShopCustomer.join(kairos, { context: { locale: 'ru-RU' } });
    const none = await ShopCustomer.join(kairos);
    const other = await ShopCustomer.join(kairos, { context: { locale: 'de-DE' } });
    const everybody = [said, seen, none, other];
    for (const customer of everybody) await customer.does('Entered remind', shoes);
    for (const customer of everybody) expect(await customer.path('remind')).toBe(reminded);
    expect((await mailOf(said)).subject).toBe('Анна, ваша корзина ждёт');
    expect((await mailOf(seen)).subject).toBe('Здравствуйте, ваша корзина ждёт');
    expect((await mailOf(none)).subject).toBe('Hello, your cart is waiting');
    expect((await mailOf(other)).subject).toBe('Hello, your cart is waiting');
    expect(JSON.stringify(await mailOf(seen))).toContain('Красные туфли всё ещё в вашей корзине');
    expect((await said.messages())[0]?.language).toBe('ru');
  });

  it('that would be half empty is not sent', async () => {
    const customer = await ShopCustomer.join(kairos);
    await customer.does('Entered remind', { url: shoes.url });
    expect(await customer.path('remind')).toBe(kept);
    expect(await customer.told()).toEqual(['email suppressed missingValue']);
    expect(await customer.reachedOn()).toEqual([]);
  });

  it('asks for consent at the moment of sending, not of entering', async () => {
    const withdraws = await ShopCustomer.join(kairos);
    const tracked = await ShopCustomer.join(kairos);
    const changesBack = await ShopCustomer.join(kairos);
    const everybody = [withdraws, tracked, changesBack];
    for (const customer of everybody) await customer.does('Entered later', shoes);
    for (const customer of everybody) await customer.standsAt('later', 'waits');
    const consent = (customer: ShopCustomer, granted: boolean): Promise<unknown> =>
      kairos.call('PUT', `/v1/profiles/${customer.identity}/consents/email`, {
        granted,
        source: 'preference centre',
      });
    await consent(withdraws, false);
    await consent(changesBack, false);
    await consent(changesBack, true);
    const context = { consent: { categoryPreferences: { email: false } } };
    await tracked.does('Preferences Changed', {}, { context });
    for (const customer of everybody) await customer.does('Gone On');
    expect(await withdraws.path('later')).toBe(`waits:received -> ${kept}`);
    expect(await tracked.path('later')).toBe(`waits:received -> ${kept}`);
    expect(await changesBack.path('later')).toBe(`waits:received -> ${reminded}`);
    expect(await withdraws.told()).toEqual(['email suppressed noConsent']);
    expect(await tracked.told()).toEqual(['email suppressed noConsent']);
    expect(await withdraws.reachedOn()).toEqual([]);
  });

  it('is the last one where its one-click link is used', async () => {
    const customer = await ShopCustomer.join(kairos);
    await customer.does('Entered remind', shoes);
    expect(await customer.path('remind')).toBe(reminded);
    const headers = (await mailOf(customer)).headers ?? {};
    expect(headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    const link = /<(https?:[^>]+)>/.exec(headers['List-Unsubscribe'] ?? '')?.[1] ?? '';
    expect((await fetch(link)).status).toBe(200);
    await customer.does('Entered remind', shoes);
    const opened = await kairos.until('two runs', async () => {
      const runs = await customer.runs('remind');
      return runs.filter(({ status }) => status === 'completed').length === 2 ? runs : null;
    });
    // Opening the link, as mail scanners do, has no effect.
    expect(opened.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
    const clicked = await fetch(link, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    });
    expect(clicked.status).toBe(200);
    await customer.does('Entered remind', shoes);
    await kairos.until('the third run', async () => {
      const [latest] = await customer.runs('remind');
      return latest?.outcome === 'suppressed' ? true : null;
    });
    expect((await customer.told()).at(-1)).toBe('email suppressed noConsent');
    expect(await customer.reachedOn()).toEqual(['email', 'email']);
  });

  it('never goes again to an address that bounced', async () => {
    const customer = await ShopCustomer.join(kairos);
    await kairos.rules({ channel: 'email', to: customer.addresses.email, outcome: 'bounce' });
    await customer.does('Entered remind', shoes);
    await kairos.until('the bounce', async () =>
      (await customer.told()).includes('email bounced') ? true : null,
    );
    await kairos.rules();
    await customer.does('Entered remind', shoes);
    await kairos.until('the second run', async () => {
      const [latest] = await customer.runs('remind');
      return latest?.outcome === 'suppressed' ? true : null;
    });
    expect((await customer.told()).at(-1)).toBe('email suppressed suppressed');
    expect(await customer.reachedOn()).toEqual(['email']);
  });
});

describe('what became of a message', () => {
  const { define, isIn } = segmentDesk(() => kairos);

  interface Moved {
    occurredAt: string;
    properties: { segment: string };
  }
  /** When somebody came into a segment or left it. */
  const moved = ({ identity }: ShopCustomer, segment: string, name: string): Promise<string> =>
    kairos.until(`${name} ${segment}`, async () => {
      const route = `/v1/profiles/${identity}/events?name=Segment%20${name}`;
      const { data } = await kairos.call<{ data: Moved[] }>('GET', route);
      return data.find(({ properties }) => properties.segment === segment)?.occurredAt ?? null;
    });

  it('brings who opened it into a segment, and takes whom it bounced off out of the reachable', async () => {
    await define('readers', { condition: { event: 'Email Opened', within: 'P30D' } });
    await define('by-email', { condition: { reachable: 'email' } });
    await define('writing-to', { condition: { attribute: 'list', is: 'readers' } });
    const traits = { list: 'readers' };
    const reader = await ShopCustomer.join(kairos, { has: ['email', 'sms', 'push'], traits });
    const other = await ShopCustomer.join(kairos, { has: ['email', 'sms'], traits });
    const gone = await ShopCustomer.join(kairos, { has: ['email', 'push'], traits });
    const everybody = [reader, other, gone];
    for (const { identity } of everybody) await isIn(identity, 'by-email');
    const agrees = { granted: true, source: 'shop' };
    await kairos.call('PUT', `/v1/profiles/${reader.identity}/consents/sms`, agrees);
    await kairos.rules(
      { channel: 'email', to: reader.addresses.email, outcome: 'open' },
      { channel: 'email', to: gone.addresses.email, outcome: 'bounce' },
    );
    for (const customer of everybody) await customer.does('Entered remind', shoes);
    const cameAt = await moved(reader, 'readers', 'Entered');
    await moved(gone, 'by-email', 'Left');
    await kairos.until('the delivery', async () =>
      (await other.told()).includes('email delivered') ? true : null,
    );
    // Nobody is in more than is true of them, and each since it became true.
    const segmentsOf = async ({ identity }: ShopCustomer): Promise<{ key: string }[]> =>
      (await kairos.call<{ segments: { key: string }[] }>('GET', `/v1/profiles/${identity}`))
        .segments;
    const since: unknown = expect.any(String);
    expect(await segmentsOf(reader)).toEqual([
      { key: 'by-email', since },
      { key: 'readers', since: cameAt },
      { key: 'writing-to', since },
    ]);
    const keysOf = async (customer: ShopCustomer): Promise<string[]> =>
      (await segmentsOf(customer)).map(({ key }) => key);
    expect(await keysOf(other)).toEqual(['by-email', 'writing-to']);
    expect(await keysOf(gone)).toEqual(['writing-to']);

    const reach = await kairos.call('GET', '/v1/segments/writing-to/reach');
    expect(reach).toMatchObject({
      size: 3,
      channels: [
        { channel: 'email', withAddress: 3, reachable: 2 },
        // Without a word of theirs nobody is sent an SMS, but a push.
        { channel: 'sms', withAddress: 2, reachable: 1 },
        { channel: 'push', withAddress: 2, reachable: 2 },
        { channel: 'web-push', withAddress: 0, reachable: 0 },
        { channel: 'viber', withAddress: 2, reachable: 0 },
      ],
    });
    await kairos.rules();
  });
});

describe('the shop’s settings for the gate', () => {
  const set = (settings: object): Promise<unknown> =>
    kairos.call('PUT', '/v1/settings/gate', settings);
  afterAll(() => set({}));

  const ended = (customer: ShopCustomer, count: number): Promise<RunView[]> =>
    kairos.until(`${String(count)} runs`, async () => {
      const runs = await customer.runs('remind');
      return runs.filter(({ status }) => status === 'completed').length === count ? runs : null;
    });

  it('let two simultaneous sends not both take the last slot of a cap, and explain says so', async () => {
    await set({ caps: [{ channel: 'any', max: 1, per: 'day' }] });
    const customer = await ShopCustomer.join(kairos);
    await Promise.all([1, 2].map(() => customer.does('Entered remind', shoes)));
    const runs = await ended(customer, 2);
    expect(runs.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'suppressed']);
    expect(await customer.reachedOn()).toEqual(['email']);
    const { runs: explained } = await kairos.call<Explained>(
      'GET',
      `/v1/profiles/${customer.identity}/explain`,
    );
    const refused = explained.flatMap(({ messages }) => messages).find(({ reason }) => reason);
    expect(refused).toMatchObject({
      ...{ status: 'suppressed', reason: 'cap', details: { channel: 'any', max: 1, per: 'day' } },
      reasonWords: 'the customer has got as many messages as a cap allows (see details)',
    });
  });

  it('hold a message in its run until it stands apart from the one before', async () => {
    await set({ minDistance: 'PT3S' });
    const customer = await ShopCustomer.join(kairos);
    await Promise.all([1, 2].map(() => customer.does('Entered remind', shoes)));
    const runs = await ended(customer, 2);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
    const histories = (await customer.messages()).flatMap(({ history }) => history);
    const claimed = histories.filter(({ status }) => status === 'sending');
    const [first = 0, second = 0] = claimed.map(({ at }) => Date.parse(at)).sort();
    expect(second - first).toBeGreaterThanOrEqual(3_000);
    expect(histories).toContainEqual(
      expect.objectContaining({ status: 'deferred', reason: 'minDistance' }),
    );
  });

  it('are read back, and refused with the place of every fault', async () => {
    await set({ holdoutPercent: 0, quietHours: { from: '21:00', to: '09:00' } });
    expect(await kairos.call('GET', '/v1/settings/gate')).toMatchObject({
      ...{ caps: [], minDistance: null, holdoutPercent: 0 },
      quietHours: { from: '21:00', to: '09:00', action: 'hold' },
    });
    await expect(set({ caps: [{ channel: 'any', max: 1, per: 'hour' }] })).rejects.toThrow(
      '#/caps/0/per',
    );
  });
});

describe('an address that the shop says nobody is to be reached at', () => {
  it('gets nothing more, until it is lifted', async () => {
    const customer = await ShopCustomer.join(kairos);
    const whom = { channel: 'email', address: customer.addresses.email.toUpperCase() };
    await kairos.call('POST', '/v1/suppressions', { ...whom, reason: 'asked by letter' });
    await customer.does('Entered remind', shoes);
    expect(await customer.path('remind')).toBe(kept);
    expect(await customer.told()).toEqual(['email suppressed suppressed']);
    expect(await kairos.call('POST', '/v1/suppressions/lift', whom)).toMatchObject({
      ...{ reason: 'asked by letter', scope: 'all' },
    });
    await customer.does('Entered remind', shoes);
    await kairos.until('the second run', async () => {
      const [latest] = await customer.runs('remind');
      return latest?.outcome === 'sent' ? true : null;
    });
  });
});
