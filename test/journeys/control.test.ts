import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { journey, pass, ShopCustomer } from '../support/shop-customer.ts';
import { pathOf } from '../support/views.ts';
import { WholeKairos } from '../support/whole-kairos.ts';

const shoes = { name: 'Red shoes', url: 'https://shop.example/1' };
const mail = { template: 'cart-reminder', channel: 'email' };

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('journeys-control');
  await kairos.putLibraryTemplates('cart-reminder');
}, 120_000);
afterAll(() => kairos.stop());

const tell = (key: string, order: 'pause' | 'resume' | 'stop'): Promise<unknown> =>
  kairos.call('POST', `/v1/journeys/${key}/${order}`);

/** Waits, sends a mail, ends. */
const remind = (key: string, wait: string, more = {}): ReturnType<typeof journey> =>
  journey(
    key,
    {
      waits: { wait, next: 'remind' },
      remind: { send: mail, next: { sent: 'sent', suppressed: 'not', failed: 'not' } },
      sent: { end: 'sent' },
      not: { end: 'not' },
    },
    more,
  );

describe('a version', () => {
  it.concurrent(
    'goes to whom enters from the next event on; who is under way finishes on theirs',
    async () => {
      const version = (outcome: string): ReturnType<typeof journey> =>
        journey('versions', {
          waits: {
            waitFor: { event: 'Gone On', timeout: 'P1D' },
            next: { received: 'leave', timeout: 'leave' },
          },
          leave: { end: outcome },
        });
      const [old, fresh] = [await ShopCustomer.join(kairos), await ShopCustomer.join(kairos)];
      await kairos.publish(version('first'));
      await old.does('Entered versions');
      await old.standsAt('versions', 'waits');
      await kairos.publish(version('second'));
      await fresh.does('Entered versions');
      await fresh.standsAt('versions', 'waits');
      for (const customer of [old, fresh]) await customer.does('Gone On');
      const runOf = (customer: ShopCustomer): ReturnType<WholeKairos['endedRun']> =>
        kairos.endedRun('versions', customer.identity);
      expect(await runOf(old)).toMatchObject({ version: 1, outcome: 'first' });
      expect(await runOf(fresh)).toMatchObject({ version: 2, outcome: 'second' });
    },
  );

  it.concurrent('is seen by the very next event, each time', async () => {
    const customer = await ShopCustomer.join(kairos);
    const last = 8;
    for (let number = 1; number <= last; number += 1) {
      await kairos.publish(journey('quick', { leave: { end: `end-${String(number)}` } }));
      await customer.routed(await customer.does('Entered quick', { number }));
    }
    const runs = await kairos.until('all runs', async () => {
      const found = await customer.runs('quick');
      const ended = found.filter(({ status }) => status === 'completed');
      return ended.length === last ? found : null;
    });
    const versions = runs.map(({ version }) => version).sort();
    expect(versions).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(runs.every(({ version, outcome }) => outcome === `end-${String(version)}`)).toBe(true);
  });

  it.concurrent('as a draft changes nothing', async () => {
    const customer = await ShopCustomer.join(kairos);
    const draft = journey('draft', { leave: { end: 'done' } });
    await kairos.call('POST', '/v1/journeys', draft);
    await customer.routed(await customer.does('Entered draft'));
    expect(await customer.runs('draft')).toEqual([]);
  });
});

describe('a pause', () => {
  it.concurrent(
    'lets nobody in and nothing out, yet time goes on; resume goes on from there',
    async () => {
      await kairos.publish(remind('paused', 'PT3S'));
      const [held, late] = [await ShopCustomer.join(kairos), await ShopCustomer.join(kairos)];
      await held.does('Entered paused', shoes);
      await held.standsAt('paused', 'waits');
      await tell('paused', 'pause');
      await late.routed(await late.does('Entered paused', shoes));
      await held.standsAt('paused', 'remind');
      await pass(1_500);
      expect(await late.runs('paused')).toEqual([]);
      expect(await held.reachedOn()).toEqual([]);
      expect((await held.runs('paused'))[0]?.status).toBe('running');
      await tell('paused', 'resume');
      expect(await held.path('paused')).toBe('waits:passed -> remind:sent -> sent:sent');
      expect(await held.reachedOn()).toEqual(['email']);
      await late.does('Entered paused', shoes);
      expect(await late.path('paused')).toBe('waits:passed -> remind:sent -> sent:sent');
    },
  );

  it.concurrent('longer than the patience of a message does not cost the message', async () => {
    const one = remind('long-pause', 'PT2H');
    await kairos.publish({
      ...one,
      steps: {
        waits: { wait: 'PT2H', next: 'remind' },
        remind: {
          send: {
            template: 'cart-reminder',
            cascade: [{ channel: 'email', patience: 'PT2H' }],
            until: 'delivered',
          },
          next: { reached: 'single', exhausted: 'not' },
        },
        single: { send: mail, next: { sent: 'sent', suppressed: 'not', failed: 'not' } },
        sent: { end: 'sent' },
        not: { end: 'not' },
      },
    });
    const customer = await ShopCustomer.join(kairos);
    await customer.rehearses('Entered long-pause', shoes, 3600);
    await customer.standsAt('long-pause', 'waits');
    await tell('long-pause', 'pause');
    await customer.standsAt('long-pause', 'remind');
    await pass(3_000);
    await tell('long-pause', 'resume');
    expect(await customer.path('long-pause')).toBe(
      'waits:passed -> remind:reached -> single:sent -> sent:sent',
    );
  });

  it.concurrent('does not keep a customer from leaving', async () => {
    await kairos.publish(remind('left', 'PT1S', { exits: [{ event: 'Order Completed' }] }));
    const customer = await ShopCustomer.join(kairos);
    await customer.does('Entered left', shoes);
    await customer.standsAt('left', 'waits');
    await tell('left', 'pause');
    await customer.standsAt('left', 'remind');
    await customer.does('Order Completed', { order_id: 'left-1', revenue: 10 });
    expect(await customer.path('left')).toBe('waits:passed -> remind:exited');
    await tell('left', 'resume');
    await pass(1_000);
    expect(await customer.reachedOn()).toEqual([]);
  });

  it('and its end may follow each other at any moment: nobody is left behind', async () => {
    await kairos.publish(remind('hectic', 'PT1S'));
    const customers: ShopCustomer[] = [];
    for (let count = 0; count < 12; count += 1) customers.push(await ShopCustomer.join(kairos));
    for (const customer of customers) await customer.does('Entered hectic', shoes);
    for (const customer of customers) await customer.standsAt('hectic', 'waits');
    for (let turn = 0; turn < 12; turn += 1) {
      await tell('hectic', 'pause');
      await tell('hectic', 'resume');
      await pass(60);
    }
    for (const customer of customers) {
      expect(await customer.path('hectic')).toBe('waits:passed -> remind:sent -> sent:sent');
      expect(await customer.reachedOn()).toEqual(['email']);
    }
  });
});

describe('a stop', () => {
  it('ends everybody under way, paused or not, and lets nobody in', async () => {
    await kairos.publish(remind('stopped', 'P1D'));
    await kairos.publish(remind('stopped-asleep', 'PT1S'));
    const [waits, held, late] = [
      await ShopCustomer.join(kairos),
      await ShopCustomer.join(kairos),
      await ShopCustomer.join(kairos),
    ];
    await waits.does('Entered stopped', shoes);
    await held.does('Entered stopped-asleep', shoes);
    await waits.standsAt('stopped', 'waits');
    await held.standsAt('stopped-asleep', 'waits');
    await tell('stopped-asleep', 'pause');
    await held.standsAt('stopped-asleep', 'remind');
    await tell('stopped', 'stop');
    await tell('stopped-asleep', 'stop');
    await late.routed(await late.does('Entered stopped', shoes));
    const ended = await kairos.endedRun('stopped', waits.identity);
    expect(ended).toMatchObject({ status: 'stopped', outcome: 'stopped' });
    expect(pathOf(ended)).toBe('waits:stopped');
    const endedAsleep = await kairos.endedRun('stopped-asleep', held.identity);
    expect(endedAsleep).toMatchObject({ status: 'stopped' });
    expect(pathOf(endedAsleep)).toBe('waits:passed -> remind:stopped');
    expect(await held.reachedOn()).toEqual([]);
    expect(await late.runs('stopped')).toEqual([]);
    const handle = kairos.temporal.workflow.getHandle(ended.id);
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });

  it('is undone by publishing: new people enter the new version', async () => {
    const customer = await ShopCustomer.join(kairos);
    await kairos.publish(remind('stopped', 'PT1S'));
    await customer.does('Entered stopped', shoes);
    const run = await kairos.endedRun('stopped', customer.identity);
    expect(run).toMatchObject({ version: 2, outcome: 'sent' });
  });
});
