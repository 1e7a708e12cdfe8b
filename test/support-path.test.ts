import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeKairos } from './support/whole-kairos.ts';

interface Support {
  profile: { id: string; identities: string[] };
  runs: {
    id: string;
    status: string;
    entry: { event: string | null; key: string | null };
    path: { step: string; words: string }[];
    waitsFor: { for: string; step: string; until: string; events: string[] } | null;
    messages: {
      channel: string;
      status: string;
      reason: string | null;
      reasonWords: string | null;
    }[];
    temporal: { workflowId: string; url: string | null };
  }[];
  moreRuns: boolean;
  suppressions: { channel: string; reason: string }[];
  notEntered: { journey: string; reason: string; runs: number }[];
  recentEvents: { name: string }[];
}

const cart = {
  key: 'cart',
  name: 'Cart',
  entry: {
    event: 'Product Added',
    where: { 'properties.price': { gt: 0 } },
    key: 'properties.cart_id',
    reentry: { after: 'P7D' },
  },
  exits: [
    { event: 'Order Completed', match: { 'properties.cart_id': 'entry.properties.cart_id' } },
  ],
  start: 'remind',
  steps: {
    remind: {
      send: {
        template: 'cart-reminder',
        cascade: [{ channel: 'push' }, { channel: 'email' }],
        until: 'delivered',
      },
      next: { reached: 'again', exhausted: 'leave' },
    },
    again: { waitFor: { event: 'Cart Viewed', timeout: 'P1D' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

const product = { price: 10, name: 'Red shoes', url: 'https://shop.example/1' };

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('support-path');
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish(cart);
  await kairos.publish({ ...cart, key: 'asleep', name: 'Asleep' });
  await kairos.call('POST', '/v1/journeys/asleep/pause');
}, 120_000);
afterAll(() => kairos.stop());

async function customer(userId: string): Promise<void> {
  await kairos.track('identify', { userId, traits: { email: `${userId}@shop.example` } });
}

async function add(userId: string, properties: object, more: object = {}): Promise<void> {
  const body = { userId, event: 'Product Added', properties: { ...product, ...properties } };
  await kairos.track('track', { ...body, ...more });
}

/** The answer once it says what is awaited. */
function support(body: object, isTold: (told: Support) => boolean): Promise<Support> {
  return kairos.until(`support of ${JSON.stringify(body)}`, async () => {
    const told = await kairos.call<Support>('POST', '/v1/support', body).catch(() => null);
    return told !== null && isTold(told) ? told : null;
  });
}

describe('support', () => {
  it('gets from an e-mail address to the run, its path, its messages and its place in Temporal', async () => {
    await customer('anna');
    await add('anna', { cart_id: 'c1' });
    const isWaiting = ({ runs: [run] }: Support): boolean => run?.waitsFor?.for === 'event';
    const told = await support({ identity: 'Anna@shop.example' }, isWaiting);
    const [run] = told.runs;
    expect(told.profile.identities).toEqual(['email:anna@shop.example', 'external:anna']);
    expect(run?.entry).toMatchObject({ event: 'Product Added', key: 'c1' });
    expect(run?.path.map(({ step, words }) => `${step}: ${words}`)).toEqual([
      'remind: "cart-reminder" reached the customer (delivered)',
    ]);
    expect(run?.waitsFor).toMatchObject({ step: 'again', events: ['Cart Viewed'] });
    expect(run?.messages).toMatchObject([
      { channel: 'push', status: 'suppressed', reason: 'noAddress' },
      { channel: 'email', status: 'delivered', reason: null },
    ]);
    expect(run?.messages[0]?.reasonWords).toContain('no address');
    expect(run?.temporal.url).toContain(`/workflows/${String(run?.id)}/`);
    expect(told.recentEvents.map(({ name }) => name)).toContain('Product Added');

    const byUrl = await kairos.call<Support>('GET', '/v1/support/email:anna@shop.example');
    expect(byUrl.runs).toEqual(told.runs);
    const byRun = { identity: told.profile.id, run: run?.id };
    expect(await kairos.call<Support>('POST', '/v1/support', byRun)).toMatchObject({
      runs: [{ id: run?.id }],
      notEntered: [],
    });
  });

  it('is told why a customer was not let in, and why not again', async () => {
    await add('anna', { cart_id: 'c1' });
    const again = await support({ identity: 'external:anna' }, ({ notEntered }) =>
      notEntered.some(({ reason }) => reason === 'reentry'),
    );
    expect(again.notEntered).toMatchObject([
      { journey: 'asleep', reason: 'paused', runs: 0 },
      { journey: 'cart', reason: 'reentry', runs: 1 },
    ]);
    await customer('ben');
    await add('ben', { price: 0 });
    const ben = { identity: 'ben@shop.example', journey: 'cart' };
    expect(
      (await support(ben, ({ notEntered }) => notEntered.length > 0)).notEntered,
    ).toMatchObject([{ journey: 'cart', reason: 'whereNotMet' }]);
    await customer('cleo');
    const before = new Date(Date.now() - 60_000).toISOString();
    const order = { order_id: 'o1', cart_id: 'c2', revenue: 10 };
    await kairos.track('track', { userId: 'cleo', event: 'Order Completed', properties: order });
    await add('cleo', { cart_id: 'c2' }, { timestamp: before });
    const cleo = await support({ identity: 'external:cleo', journey: 'cart' }, ({ notEntered }) =>
      notEntered.some(({ reason }) => reason === 'exitSeen'),
    );
    expect(cleo.runs).toEqual([]);
  });

  it('sees that an address is on the suppression list, and what bounced', async () => {
    await kairos.rules({ channel: 'email', to: 'dan@shop.example', outcome: 'bounce', afterMs: 0 });
    await customer('dan');
    await add('dan', { cart_id: 'c3' });
    const told = await support(
      { identity: 'dan@shop.example' },
      ({ suppressions, runs }) => suppressions.length > 0 && runs[0]?.status === 'completed',
    );
    expect(told.suppressions).toMatchObject([{ channel: 'email', reason: 'hardBounce' }]);
    expect(told.runs[0]?.messages[1]).toMatchObject({ channel: 'email', status: 'bounced' });
  });

  it('refuses who nobody knows, and a key that may not read customers', async () => {
    await expect(kairos.call('POST', '/v1/support', { identity: 'x@y.example' })).rejects.toThrow(
      '404',
    );
    const answer = await fetch(`${kairos.url}/v1/support/external:anna`, {
      headers: { authorization: 'Bearer write-key-of-whole-kairos' },
    });
    expect(answer.status).toBe(403);
  });
});

describe('the status of an installation', () => {
  it('counts journeys, runs and messages by status, and what waits', async () => {
    const status = await kairos.call('GET', '/v1/status');
    expect(status).toMatchObject({
      versions: { node: process.versions.node },
      journeys: { live: 1, paused: 1, draft: 0, stopped: 0 },
      runs: { running: 1, completed: 1, failed: 0 },
      messages: { suppressed: 2, delivered: 1, bounced: 1 },
    });
  });
});
