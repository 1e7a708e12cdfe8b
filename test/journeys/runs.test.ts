import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pass, ShopCustomer } from '../support/shop-customer.ts';
import { SMALL_JOURNEYS } from '../support/small-journeys.ts';
import { pathOf } from '../support/views.ts';
import { WholeKairos } from '../support/whole-kairos.ts';

/** An exit counts as immediate within this, on a machine busy with other tests. */
const AT_ONCE_MS = 2_000;

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('journeys-runs');
  await kairos.putLibraryTemplates('cart-reminder');
  for (const definition of SMALL_JOURNEYS) await kairos.publish(definition);
}, 120_000);
afterAll(() => kairos.stop());

const shoes = { name: 'Red shoes', url: 'https://shop.example/1' };

const order = (cart_id: string, id: string, revenue = 20): Record<string, unknown> => ({
  order_id: id,
  cart_id,
  revenue,
  currency: 'USD',
});

describe('an exit', () => {
  it('ends a run at once in a wait, in a wait for an event and in a cascade', async () => {
    const customer = await ShopCustomer.join(kairos, { has: ['push', 'email'] });
    const keys = ['in-wait', 'in-wait-for', 'in-cascade'];
    for (const key of keys) await customer.does(`Entered ${key}`, { ...shoes, cart_id: 'k1' });
    for (const key of keys) await customer.standsAt(key, 'waits');

    const ofAnother = await customer.does('Order Completed', order('k2', 'o1'));
    await customer.routed(ofAnother);
    await pass(500);
    for (const key of keys) expect((await customer.runs(key))[0]?.status).toBe('running');

    const orderedAt = Date.now();
    await customer.does('Order Completed', order('k1', 'o2'));
    for (const key of keys) {
      const run = await kairos.endedRun(key, customer.identity);
      expect(Date.parse(run.path.at(-1)?.at ?? '') - orderedAt).toBeLessThan(AT_ONCE_MS);
      expect(run).toMatchObject({ status: 'exited', outcome: 'exit:Order Completed' });
      expect(pathOf(run)).toBe('waits:exited');
    }
    expect(await customer.reachedOn()).toEqual(['push']);
  });

  it('that came before the cart it bought leaves nothing to start', async () => {
    const customer = await ShopCustomer.join(kairos);
    const addedAt = new Date(Date.now() - 60_000).toISOString();
    await customer.does('Order Completed', order('late', 'o1'));
    const late = { timestamp: addedAt };
    const added = await customer.does('Product Added', { ...shoes, cart_id: 'late' }, late);
    await customer.does('Product Added', { ...shoes, cart_id: 'other' });
    await customer.routed(added);
    await customer.standsAt('cart', 'waits');
    expect(await customer.runs('cart')).toHaveLength(1);
  });
});

describe('a goal', () => {
  it('is noted in the run with its value, while the run goes on', async () => {
    const customer = await ShopCustomer.join(kairos);
    await customer.does('Entered goal');
    await customer.standsAt('goal', 'waits');
    await customer.routed(await customer.does('Order Completed', order('g', 'o1', 49.9)));
    await customer.routed(await customer.does('Order Completed', order('g', 'o2', 10)));
    const [run] = await customer.runs('goal');
    expect(run).toMatchObject({ status: 'running', conversion: { value: 49.9 } });
  });
});

describe('entering', () => {
  it.concurrent(
    'again follows the rule: never, always, one at a time, or after a while',
    async () => {
      const customer = await ShopCustomer.join(kairos);
      const twice = async (event: string): Promise<void> => {
        await customer.does(event);
        await customer.routed(await customer.does(event));
      };
      for (const event of ['Never', 'Always', 'One', 'After']) await twice(event);
      const counts = async (): Promise<number[]> =>
        Promise.all(
          ['never', 'always', 'one', 'after'].map(async (key) => (await customer.runs(key)).length),
        );
      expect(await counts()).toEqual([1, 2, 1, 1]);
      await pass(3_500);
      expect(await kairos.endedRun('one', customer.identity)).toMatchObject({
        status: 'completed',
      });
      for (const event of ['Never', 'Always', 'One']) {
        await customer.routed(await customer.does(event));
      }
      await twice('After');
      expect(await counts()).toEqual([1, 3, 2, 2]);
    },
  );

  it.concurrent('is counted by person and key', async () => {
    const [ann, bob] = [await ShopCustomer.join(kairos), await ShopCustomer.join(kairos)];
    for (const cart_id of ['1', '2', '2', '1']) await ann.does('Keyed', { cart_id });
    await ann.routed(await ann.does('Keyed', { cart_id: '2' }));
    await bob.routed(await bob.does('Keyed', { cart_id: '1' }));
    expect(await ann.runs('keyed')).toHaveLength(2);
    expect(await bob.runs('keyed')).toHaveLength(1);
  });

  it.concurrent('asks the event with `where` and the customer with `when`', async () => {
    const here = await ShopCustomer.join(kairos, { traits: { country: 'UA' } });
    const abroad = await ShopCustomer.join(kairos, { traits: { country: 'PL' } });
    await here.does('Choosy', { price: 10 });
    await abroad.routed(await abroad.does('Choosy', { price: 11 }));
    await here.routed(await here.does('Choosy', { price: 11 }));
    expect(await here.runs('choosy')).toHaveLength(1);
    expect(await abroad.runs('choosy')).toHaveLength(0);
  });

  it.concurrent('happens once for an event that is told twice', async () => {
    const customer = await ShopCustomer.join(kairos);
    const messageId = 'told-twice';
    await customer.does('Always', {}, { messageId });
    await customer.does('Always', {}, { messageId });
    await customer.standsAt('always', 'waits');
    await customer.does('Always', {}, { messageId });
    await customer.routed(await customer.does('Anything Else'));
    expect(await customer.runs('always')).toHaveLength(1);
  });

  it.concurrent('by the API takes the properties that templates ask for', async () => {
    const customer = await ShopCustomer.join(kairos);
    const start = (): Promise<{ id: string | null }> =>
      kairos.call('POST', '/v1/journeys/asked/runs', {
        profile: customer.identity,
        key: 'k',
        properties: shoes,
      });
    const { id } = await start();
    expect(await customer.path('asked')).toBe('hi:sent -> leave:done');
    expect((await customer.runs('asked')).map((run) => run.id)).toEqual([id]);
    const [mail] = await customer.inbox();
    expect(JSON.stringify(mail?.payload)).toContain('Red shoes');
  });
});

describe('a step', () => {
  it.concurrent('waits for an event that matches, until its time is over', async () => {
    const [glad, sad] = [await ShopCustomer.join(kairos), await ShopCustomer.join(kairos)];
    // What was done before the step began is no answer to it.
    await glad.does('Cart Viewed', { big: true });
    for (const customer of [glad, sad]) await customer.does('Entered listens');
    for (const customer of [glad, sad]) await customer.standsAt('listens', 'waits');
    for (const customer of [glad, sad]) {
      await customer.routed(await customer.does('Cart Viewed', { big: false }));
    }
    expect((await glad.runs('listens'))[0]?.status).toBe('running');
    await glad.does('Cart Viewed', { big: true });
    expect(await glad.path('listens')).toBe('waits:received -> gladly:gladly');
    expect(await sad.path('listens')).toBe('waits:timeout -> sadly:sadly');
  });

  it.concurrent('branches on what is true of the customer at that moment', async () => {
    const [good, curious, other] = [
      await ShopCustomer.join(kairos),
      await ShopCustomer.join(kairos),
      await ShopCustomer.join(kairos),
    ];
    for (const id of ['a', 'b']) await good.does('Order Completed', order('x', `${id}${good.id}`));
    // The same order told again is one order.
    for (const _ of [1, 2]) await other.does('Order Completed', order('x', `a${other.id}`));
    for (const sku of ['1', '2', '3']) await curious.does('Product Viewed', { product_id: sku });
    for (const customer of [good, curious, other]) await customer.does('Entered branches');
    expect(await good.path('branches')).toBe('worth:good -> good:good');
    expect(await curious.path('branches')).toBe('worth:curious -> curious:curious');
    expect(await other.path('branches')).toBe('worth:else -> other:other');
  });

  it.concurrent("waits until a time of the day on the customer's own clock", async () => {
    const zones = ['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kolkata'];
    for (const timezone of zones) {
      const customer = await ShopCustomer.join(kairos, { context: { timezone } });
      await customer.does('Entered local');
      const { until } = await customer.standsAt('local', 'morning');
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, timeStyle: 'short' });
      expect(clock.format(until)).toBe('10:00');
      expect(until).toBeGreaterThan(Date.now());
      expect(until).toBeLessThan(Date.now() + 25 * 60 * 60 * 1000);
    }
  });
});

describe('a person', () => {
  it('who was anonymous keeps the run when known, and an order by the known id ends it', async () => {
    const customer = new ShopCustomer(kairos);
    const anonymousId = `anonymous-${customer.id}`;
    await kairos.track('track', {
      anonymousId,
      event: 'Product Added',
      properties: { ...shoes, cart_id: 'anon' },
    });
    const run = await kairos.until('an anonymous run', async () => {
      const [found] = await kairos.runs(`journey=cart&profile=anonymous:${anonymousId}`);
      return found?.temporal.runId == null ? null : found;
    });
    await kairos.track('identify', {
      anonymousId,
      userId: customer.id,
      traits: { email: customer.addresses.email },
    });
    await kairos.until('the merge', async () => {
      const [found] = await customer.runs('cart').catch(() => []);
      return found?.id === run.id ? true : null;
    });
    expect((await customer.runs('cart'))[0]?.status).toBe('running');
    await customer.does('Order Completed', order('anon', `after-${customer.id}`));
    expect(await customer.path('cart')).toBe('waits:exited');
  });

  it('who bought under their known id before they were recognised is not reminded', async () => {
    const customer = await ShopCustomer.join(kairos);
    const anonymousId = `anonymous-${customer.id}`;
    await kairos.track('track', {
      anonymousId,
      event: 'Product Added',
      properties: { ...shoes, cart_id: 'bought' },
    });
    await kairos.until('an anonymous run', async () => {
      const [found] = await kairos.runs(`journey=cart&profile=anonymous:${anonymousId}`);
      return found?.temporal.runId == null ? null : found;
    });
    // The shop's server is faster than the browser that says who this is.
    const bought = order('bought', `o-${customer.id}`, 12);
    await customer.routed(await customer.does('Order Completed', bought));
    await kairos.track('identify', { anonymousId, userId: customer.id });
    expect(await customer.path('cart')).toBe('waits:exited');
  });

  it('who does 200 things in a moment has them in their order', async () => {
    const customer = await ShopCustomer.join(kairos);
    const batches = Array.from({ length: 10 }, (_, batch) =>
      Array.from({ length: 20 }, (_, index) => ({
        type: 'track',
        userId: customer.id,
        messageId: `${customer.id}-${String(batch * 20 + index)}`,
        event: index % 2 === 0 ? 'Keyed' : 'Anything',
        properties: { cart_id: String(batch * 20 + index) },
      })),
    );
    for (const batch of batches) await kairos.track('batch', { batch });
    await customer.routed(`${customer.id}-199`);
    const runs = await kairos.mongo.collections.runs
      .find({ profileId: await customer.profileId() })
      .sort({ enteredAt: 1, _id: 1 })
      .toArray();
    expect(runs).toHaveLength(100);
    const keys = runs.map((run) => Number(run.entryKey));
    const entered = runs.map((run) => run.enteredAt);
    for (const [at, key] of keys.entries()) {
      for (let later = at + 1; later < keys.length; later += 1) {
        if ((entered[later] ?? 0) > (entered[at] ?? 0)) expect(keys[later]).toBeGreaterThan(key);
      }
    }
  });
});
