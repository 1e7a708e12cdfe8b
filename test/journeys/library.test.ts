import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineSearchAttributeKey } from '@temporalio/common';
import { parse } from 'yaml';
import type { Rule } from '#sandbox/rules.ts';
import { ABANDONED_CART_YAML, CART_REMINDER_YAML } from '../support/contract-examples.ts';
import { ShopCustomer } from '../support/shop-customer.ts';
import { pathOf } from '../support/views.ts';
import { WholeKairos } from '../support/whole-kairos.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const shoes = { name: 'Red shoes', url: 'https://shop.example/1', price: 30 };

interface Written {
  key: string;
  entry: Record<string, unknown>;
  steps: Record<string, Record<string, unknown>>;
}

async function fromLibrary(key: string): Promise<Written & Record<string, unknown>> {
  const text = await readFile(`library/journeys/${key}.yaml`, 'utf8');
  return parse(text) as Written & Record<string, unknown>;
}

const keyword = (name: string): ReturnType<typeof defineSearchAttributeKey<'KEYWORD'>> =>
  defineSearchAttributeKey(name, 'KEYWORD');

let kairos: WholeKairos;
let orders = 0;
beforeAll(async () => {
  kairos = await WholeKairos.start('journeys-library');
  await kairos.putLibraryTemplates(
    'birthday-present',
    'birthday-reminder',
    'cart-offer',
    'come-back-offer',
    'we-miss-you',
  );
  await kairos.call('PUT', '/v1/templates/cart-reminder', CART_REMINDER_YAML);
  await kairos.call('POST', '/v1/journeys', ABANDONED_CART_YAML);
  await kairos.call('POST', '/v1/journeys/abandoned-cart/publish');
}, 120_000);
afterAll(() => kairos.stop());

function order(customer: ShopCustomer, more: object = {}, said: object = {}): Promise<string> {
  orders += 1;
  const order_id = `order-${String(orders)}`;
  const properties = { order_id, revenue: 40, currency: 'USD', ...more };
  return customer.does('Order Completed', properties, said);
}

/** A leap year: somebody may be born on 29 February, and this may run on it. */
const BORN = '1992';

/** The customer's own date and the seconds since their midnight. */
function localNow(timeZone: string): { date: string; seconds: number } {
  const written = new Date().toLocaleString('sv-SE', { timeZone });
  const [date = '', time = ''] = written.split(' ');
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return { date, seconds: (hours * 60 + minutes) * 60 + seconds };
}

describe('the abandoned cart', () => {
  it('reminds, waits, makes good customers an offer, and ends with an order', async () => {
    const good = await ShopCustomer.join(kairos, { has: ['push', 'email'] });
    const fresh = await ShopCustomer.join(kairos);
    const back = await ShopCustomer.join(kairos, { has: ['push', 'email'] });
    const buyer = await ShopCustomer.join(kairos);
    const unreached = await ShopCustomer.join(kairos);
    const rules: Rule[] = [
      { channel: 'push', to: good.addresses.push, outcome: 'silent' },
      { channel: 'email', to: unreached.addresses.email, outcome: 'bounce' },
    ];
    await kairos.rules(...rules);
    for (const cart_id of ['a', 'b', 'c']) await order(good, { cart_id });
    for (const customer of [fresh, buyer, unreached]) {
      await customer.rehearses('Product Added', { ...shoes, cart_id: 'k' });
    }
    await fresh.rehearses('Product Added', { ...shoes, cart_id: 'free', price: 0 });
    // A push has a quarter of an hour here: slower, so that a busy machine delivers in time.
    await back.rehearses('Product Added', { ...shoes, cart_id: 'k' }, 400);

    await back.standsAt('abandoned-cart', 'again');
    expect(await back.reachedOn()).toEqual(['push']);
    await back.does('Cart Viewed', { cart_id: 'k' });
    expect(await back.path('abandoned-cart')).toBe(
      'hour:passed -> remind:reached -> again:received -> leave:done',
    );
    // Only now, with everything warm: at this speed a push has half a second.
    await good.rehearses('Product Added', { ...shoes, cart_id: 'k' });

    await buyer.standsAt('abandoned-cart', 'again');
    await order(buyer, { cart_id: 'another' });
    await order(buyer, { cart_id: 'k', revenue: 31.5 });
    const bought = await kairos.endedRun('abandoned-cart', buyer.identity);
    expect(bought).toMatchObject({ outcome: 'exit:Order Completed', conversion: { value: 40 } });
    expect(pathOf(bought)).toBe('hour:passed -> remind:reached -> again:exited');

    expect(await unreached.path('abandoned-cart')).toBe(
      'hour:passed -> remind:exhausted -> leave:done',
    );
    const told = await unreached.told();
    expect(told).toContain('push suppressed noAddress');
    expect(told).toContain('email bounced');
    expect(told).toContain('sms suppressed noAddress');

    expect(await fresh.path('abandoned-cart', 50_000)).toBe(
      'hour:passed -> remind:reached -> again:timeout -> worth:else -> leave:done',
    );
    expect(await good.path('abandoned-cart', 50_000)).toBe(
      'hour:passed -> remind:reached -> again:timeout -> worth:offer -> offer:sent -> leave:done',
    );
    expect(await good.reachedOn()).toEqual(['push', 'email', 'email']);
    expect(JSON.stringify((await good.inbox()).at(-1)?.payload)).toContain(
      'bought from us 3 times',
    );
  });

  it('shows where a run stands and what it is in Temporal, by ids only', async () => {
    const customer = await ShopCustomer.join(kairos);
    await customer.rehearses('Product Added', { ...shoes, cart_id: 'shown' });
    await customer.standsAt('abandoned-cart', 'again');
    const [run] = await customer.runs('abandoned-cart');
    const handle = kairos.temporal.workflow.getHandle(run?.id ?? '');
    const told = await handle.describe();
    expect(told.type).toBe('abandoned-cart');
    expect(told.typedSearchAttributes.getAll()).toEqual(
      expect.arrayContaining([
        { key: keyword('JourneyKey'), value: 'abandoned-cart' },
        { key: defineSearchAttributeKey('JourneyVersion', 'INT'), value: 1 },
        { key: keyword('ProfileId'), value: run?.profileId },
      ]),
    );
    const details = await kairos.until('the details', async () => {
      const { currentDetails } = await handle.query<{ currentDetails: string }>(
        '__temporal_workflow_metadata',
      );
      return currentDetails.includes('**again**') ? currentDetails : null;
    });
    expect(details).toMatch(/- hour: passed \(.+\)\n- remind: reached \(.+\)\n- \*\*again\*\*$/);
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).flatMap(({ userMetadata }) =>
      userMetadata?.summary?.data ? [Buffer.from(userMetadata.summary.data).toString()] : [],
    );
    expect(summaries).toEqual(expect.arrayContaining(['"hour"', '"remind"', '"again"']));
    await order(customer, { cart_id: 'shown' });
    await customer.path('abandoned-cart');
    const ended = await kairos.until('the outcome', async () => {
      const { typedSearchAttributes } = await handle.describe();
      return typedSearchAttributes.get(keyword('RunOutcome')) ?? null;
    });
    expect(ended).toBe('exit:Order Completed');
  });
});

describe('the birthday', () => {
  it.concurrent('is kept where the customer lives: at ten, three days before', async () => {
    await kairos.publish(await fromLibrary('birthday'));
    const { date } = localNow('Asia/Kolkata');
    const inTenDays = new Date(Date.parse(date) + 10 * DAY_MS).toISOString().slice(5, 10);
    const customer = await ShopCustomer.join(kairos, {
      traits: { birthday: `${BORN}-${inTenDays}` },
      context: { timezone: 'Asia/Kolkata' },
    });
    const due = await kairos.until('a watched birthday', async () => {
      const _id = await customer.profileId();
      const profile = await kairos.mongo.collections.profiles.findOne({ _id });
      return profile?.nextWatchAt ?? null;
    });
    const inSevenDays = new Date(Date.parse(date) + 7 * DAY_MS).toISOString().slice(0, 10);
    const local = new Date(due).toLocaleString('sv-SE', { timeZone: 'Asia/Kolkata' });
    expect(local).toBe(`${inSevenDays} 10:00:00`);
  });

  it.concurrent('brings a present, a wait, and a reminder by mail to who has no app', async () => {
    const timezone = 'Asia/Kolkata';
    const written = await fromLibrary('birthday');
    const { date, seconds } = localNow(timezone);
    const traits = { birthday: `${BORN}-${date.slice(5)}` };
    const here = await ShopCustomer.join(kairos, { traits, context: { timezone } });
    const elsewhere = await ShopCustomer.join(kairos, {
      traits,
      context: { timezone: 'Pacific/Kiritimati' },
    });
    await kairos.publish({
      ...written,
      key: 'birthday-soon',
      entry: {
        date: { attribute: 'birthday', offset: `PT${String(seconds + 6)}S`, at: '00:00' },
      },
      steps: { ...written.steps, days: { wait: 'PT1S', next: 'remind' } },
    });
    expect(await here.path('birthday-soon')).toBe(
      'present:reached -> days:passed -> remind:suppressed -> by-mail:sent -> leave:done',
    );
    expect(await here.reachedOn()).toEqual(['email', 'email']);
    expect(await elsewhere.runs('birthday-soon')).toEqual([]);
    await kairos.call('POST', '/v1/journeys/birthday-soon/stop');
  });
});

describe('the reactivation', () => {
  it.concurrent(
    'begins by itself at the moment when the last order is sixty days old',
    async () => {
      const [before, after] = [await ShopCustomer.join(kairos), await ShopCustomer.join(kairos)];
      const flipsAt = Date.now() + 6_000;
      const timestamp = new Date(flipsAt - 60 * DAY_MS).toISOString();
      await before.routed(await order(before, {}, { timestamp }));
      await kairos.publish(await fromLibrary('reactivation'));
      await order(after, {}, { timestamp });
      for (const customer of [before, after]) {
        const { until, since } = await customer.standsAt('reactivation', 'morning');
        expect(since).toBeGreaterThanOrEqual(flipsAt);
        expect(since).toBeLessThan(flipsAt + 5_000);
        expect(new Date(until ?? 0).toISOString()).toMatch(/T10:00:00/);
      }
      await order(before);
      expect(await before.path('reactivation')).toBe('morning:exited');
    },
  );

  it.concurrent(
    'takes those who sleep already only if it says so, and each of them once',
    async () => {
      const asleep = await ShopCustomer.join(kairos);
      const drowsy = await ShopCustomer.join(kairos);
      const buyer = await ShopCustomer.join(kairos);
      await kairos.rules({ channel: 'email', outcome: 'open' });
      const timestamp = new Date(Date.now() - 90 * DAY_MS).toISOString();
      await asleep.routed(await order(asleep, { revenue: 120 }, { timestamp }));
      const written = await fromLibrary('reactivation');
      const becomes = {
        all: [
          { trait: 'orders_count', gte: 1 },
          { not: { event: 'Order Completed', within: 'PT5S' } },
        ],
      };
      const steps = {
        ...written.steps,
        morning: { wait: 'PT1S', next: 'hello' },
        think: { wait: 'PT4S', next: 'valuable' },
      };
      const entry = { becomes, reentry: { after: 'P90D' } };
      await kairos.publish({ ...written, key: 'sleepers', steps, entry });
      await kairos.publish({
        ...written,
        key: 'all-sleepers',
        steps,
        entry: { ...entry, includeCurrent: true },
      });
      await order(drowsy);
      await order(buyer);
      const path = 'morning:passed -> hello:reached -> think:passed -> valuable:';
      expect(await asleep.path('all-sleepers')).toBe(
        `${path}last-word -> last-word:sent -> leave:done`,
      );
      await buyer.standsAt('sleepers', 'think');
      await order(buyer);
      expect(await buyer.path('sleepers')).toBe('morning:passed -> hello:reached -> think:exited');
      expect(await drowsy.path('sleepers')).toBe(`${path}else -> leave:done`);
      // Asleep once more, but within ninety days.
      const _id = await buyer.profileId();
      await kairos.until('the next sleep', async () => {
        const profile = await kairos.mongo.collections.profiles.findOne({ _id });
        return profile?.watches.sleepers?.held === true ? true : null;
      });
      expect(await buyer.runs('sleepers')).toHaveLength(1);
      expect(await asleep.runs('sleepers')).toEqual([]);
      expect(await asleep.runs('all-sleepers')).toHaveLength(1);
      expect(await drowsy.runs('all-sleepers')).toHaveLength(1);
      for (const key of ['sleepers', 'all-sleepers']) {
        await kairos.call('POST', `/v1/journeys/${key}/stop`);
      }
    },
  );
});
