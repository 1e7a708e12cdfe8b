import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SendRequest } from '#activities/send-message.ts';
import { settleVouchers } from '#activities/take-vouchers.ts';
import { ProviderError } from '#channels/provider.ts';
import { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { createLedger } from '#messages/ledger-store.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type SendWorld } from '#test/support/send-world.ts';
import { ensureVoucherIndexes } from '#vouchers/stored-voucher.ts';
import { createVoucherStore, type VoucherStore } from '#vouchers/voucher-store.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-voucher');
  world = bench.world;
});

afterAll(() => bench.close());

describe('a message with a voucher', () => {
  const template = 'voucher';
  let store: VoucherStore;

  beforeAll(async () => {
    const { db, collections } = world.mongo;
    await ensureVoucherIndexes(db);
    store = createVoucherStore({ db, collections, clock: () => world.now() });
    const text = '{% if profile.vip %}{{ vouchers.vip }}{% else %}{{ vouchers.summer }}{% endif %}';
    const email = { subject: 'Hi', html: `<a href="https://s.example/?c=${text}">${text}</a>` };
    await createStoreTemplate(world.mongo)(
      { key: template, languages: { en: { email } } },
      world.now(),
    );
    for (const key of ['vip', 'summer']) await store.putPool({ key, lowStock: 0 }, world.now());
    await store.add({ pool: 'vip', codes: ['VIP'], expiresAt: null });
  });

  const settling = () =>
    settleVouchers(
      createLedger(world.mongo.collections, () => world.now()),
      store,
      () => world.now(),
    );
  const send = (request: SendRequest, email: Line = new Line(bench.providers.email)) =>
    world.worker({ email }, settling())(request);

  it('shows a code of the pool it names then and there, and of no other', async () => {
    await store.add({ pool: 'summer', codes: ['SUMMER&1'], expiresAt: null });
    const email = new Line(bench.providers.email);
    const request = world.request(await world.customer(), 'email', { template });
    expect(await send(request, email)).toEqual(SENT);
    expect(email.calls[0]?.content).toMatchObject({
      html: expect.stringContaining('<a href="https://s.example/?c=SUMMER&amp;1">SUMMER&amp;1</a>'),
      text: expect.stringContaining('SUMMER&1'),
    });
    expect(await store.counts('summer')).toMatchObject({ issued: 1, free: 0 });
    expect(await store.counts('vip')).toMatchObject({ free: 1 });
  });

  it('keeps its code while it is tried again, and gives it back when it is refused', async () => {
    await store.add({ pool: 'summer', codes: ['ONE'], expiresAt: null });
    const busy = () => Promise.reject(new ProviderError('retryLater', 'sendgrid-503'));
    const refuse = () => Promise.reject(new ProviderError('ourFault', 'sendgrid-400'));
    const email = new Line(bench.providers.email, busy, refuse);
    const request = world.request(await world.customer(), 'email', { template });
    expect(await send(request, email)).toMatchObject({ kind: 'later' });
    expect(await store.counts('summer')).toMatchObject({ reserved: 1, free: 0 });
    expect(await send(request, email)).toMatchObject({ kind: 'failed' });
    expect(await store.counts('summer')).toMatchObject({ reserved: 0, free: 1 });
  });

  it('leaves its code to others while it is held, and takes one when it goes out', async () => {
    const gateSettings = () => Promise.resolve(GateSettings.parse({ minDistance: 'PT1H' }));
    const customer = await world.customer();
    const before = world.request(customer, 'email');
    expect(await world.worker({}, { gateSettings })(before)).toEqual(SENT);
    const request = world.request(customer, 'email', { template });
    const worker = world.worker({}, { ...settling(), gateSettings });
    expect(await worker(request)).toMatchObject({ kind: 'held', reason: 'minDistance' });
    expect(await store.counts('summer')).toMatchObject({ reserved: 0, free: 1 });
    world.shiftMs += 3_600_000;
    await store.add({ pool: 'summer', codes: ['LATER'], expiresAt: null });
    expect(await worker({ ...request, deadline: world.now() + 60_000 })).toEqual(SENT);
    expect(await store.counts('summer')).toMatchObject({ issued: 2, reserved: 0, free: 1 });
  });

  it('is sent to one of two at once where one code is left, and the other is told why', async () => {
    const requests = await Promise.all(
      [1, 2].map(async () => world.request(await world.customer(), 'email', { template })),
    );
    const outcomes = await Promise.all(requests.map((request) => send(request)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['sent', 'suppressed']);
    expect(outcomes).toContainEqual({ kind: 'suppressed', reason: 'noVoucher' });
    expect(await store.counts('summer')).toMatchObject({ issued: 3, free: 0, reserved: 0 });
  });

  it('has its code in the button that Viber shows as well', async () => {
    const button = {
      title: 'Take {{ vouchers.summer }}',
      link: 'https://s.example/?c={{ vouchers.summer }}',
    };
    await createStoreTemplate(world.mongo)(
      { key: 'button', languages: { en: { viber: { text: 'For you', button } } } },
      world.now(),
    );
    await store.add({ pool: 'summer', codes: ['BUTTON'], expiresAt: null });
    const viber = new Line(bench.providers.viber);
    const consents = { viber: { granted: true, at: world.now(), source: 'test' } };
    const request = world.request(await world.customer({ consents }), 'viber', {
      template: 'button',
    });
    expect(await world.worker({ viber }, settling())(request)).toEqual(SENT);
    expect(viber.calls[0]?.content).toMatchObject({
      button: { title: 'Take BUTTON', link: 'https://s.example/?c=BUTTON' },
      isPromotion: true,
    });
  });
});
