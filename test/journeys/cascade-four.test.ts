import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CarriedChannel } from '#domain/message/message.ts';
import type { Rule } from '#sandbox/rules.ts';
import { journey, ShopCustomer } from '../support/shop-customer.ts';
import { pathOf } from '../support/views.ts';
import { WholeKairos } from '../support/whole-kairos.ts';

const CHANNELS: CarriedChannel[] = ['push', 'email', 'viber', 'sms'];
const SHOES = { name: 'Red shoes' };
/** How long a silent push is waited for. */
const PUSH_MS = 5_000;

/** Done when a channel delivers; only the push may stay silent here. */
const cascade = journey('by-four', {
  remind: {
    send: {
      template: 'waiting',
      cascade: CHANNELS.map((channel) => ({
        channel,
        patience: channel === 'push' ? 'PT5S' : 'PT1M',
      })),
      until: 'delivered',
    },
    next: { reached: 'yes', exhausted: 'no' },
  },
  yes: { end: 'yes' },
  no: { end: 'no' },
});

let kairos: WholeKairos;

beforeAll(async () => {
  kairos = await WholeKairos.start('journeys-cascade-four');
  const body = '{{ entry.properties.name }} is waiting';
  const content = {
    push: { title: 'Waiting', body },
    email: { subject: 'Waiting', html: `<p>${body}</p>` },
    ...{ viber: { text: body }, sms: { text: body } },
  };
  await kairos.call('PUT', '/v1/templates/waiting', { key: 'waiting', languages: { en: content } });
  await kairos.publish(cascade);
}, 120_000);
afterAll(() => kairos.stop());

/** What a message of each channel costs with its first choice, in US dollars. */
async function prices(): Promise<Map<string, number>> {
  const { data } = await kairos.call<{
    data: { channel: string; place: number; capabilities: { costMicros: number } }[];
  }>('GET', '/v1/providers');
  const first = data.filter(({ place }) => place === 1);
  return new Map(first.map((one) => [one.channel, one.capabilities.costMicros / 1e6]));
}

/** Somebody who can be reached in all four channels, and what becomes of what they are sent. */
async function join(ends: Partial<Record<CarriedChannel, Rule['outcome']>>) {
  const context = { consent: { categoryPreferences: { sms: true, viber: true } } };
  const customer = await ShopCustomer.join(kairos, { has: CHANNELS, context });
  const rules = Object.entries(ends).map(([name, outcome]) => {
    const channel = name as CarriedChannel;
    return { channel, to: customer.addresses[channel], outcome };
  });
  return { customer, rules };
}

/** What came of their run: the channels that carried something, and those that were saved. */
async function endOf(customer: ShopCustomer) {
  const run = await kairos.endedRun('by-four', customer.identity);
  return {
    path: pathOf(run),
    carried: await customer.reachedOn(),
    spared: run.path[0]?.saved?.channels ?? [],
    saved: run.saved,
    tookMs: Date.parse(run.path.at(-1)?.at ?? '') - Date.parse(run.enteredAt),
  };
}

describe('a cascade of push, mail, Viber and text', () => {
  it('ends at the first that delivers, and says what each end saved', async () => {
    const [first, second, third, last] = [
      await join({}),
      await join({ push: 'reject' }),
      await join({ push: 'reject', email: 'bounce' }),
      await join({ push: 'silent', email: 'bounce', viber: 'bounce' }),
    ];
    const all = [first, second, third, last];
    await kairos.rules(...all.flatMap(({ rules }) => rules));
    for (const { customer } of all) await customer.does('Entered by-four', SHOES);
    const ends = await Promise.all(all.map(({ customer }) => endOf(customer)));
    expect(ends.map(({ carried, spared }) => [carried, spared])).toEqual([
      [['push'], ['email', 'viber', 'sms']],
      [['email'], ['viber', 'sms']],
      [['email', 'viber'], ['sms']],
      [['push', 'email', 'viber', 'sms'], []],
    ]);
    const cost = await prices();
    for (const { path, spared, saved } of ends) {
      expect(path).toBe('remind:reached -> yes:yes');
      const amount = spared.reduce((sum, one) => sum + (cost.get(one) ?? NaN), 0);
      const money = { amount: expect.closeTo(amount, 6), currency: 'USD' };
      expect(saved).toEqual(spared.length === 0 ? null : money);
    }
    const told = (await last.customer.told()).map((one) => one.split(' ').slice(0, 2).join(' '));
    expect(told).toEqual(['push sent', 'email bounced', 'viber failed', 'sms delivered']);
    expect(ends.at(-1)?.tookMs).toBeGreaterThanOrEqual(PUSH_MS);
  });
});
