import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { settleVouchers } from '#activities/take-vouchers.ts';
import { createWithdrawMessages } from '#activities/withdraw-messages.ts';
import { ProviderError } from '#channels/provider.ts';
import { applyReceipt } from '#messages/apply-receipt.ts';
import { createLedger } from '#messages/ledger-store.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type SendWorld } from '#test/support/send-world.ts';
import { ensureVoucherIndexes } from '#vouchers/stored-voucher.ts';
import { createVoucherStore, type PoolCounts, type VoucherStore } from '#vouchers/voucher-store.ts';

const TEMPLATE = 'voucher';

let bench: SendBench;
let world: SendWorld;
let store: VoucherStore;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-codes');
  world = bench.world;
  const { db, collections } = world.mongo;
  await ensureVoucherIndexes(db);
  store = createVoucherStore({ db, collections, clock: () => world.now() });
  const email = { subject: 'Hi', html: '<p>{{ vouchers.summer }}</p>' };
  const template = { key: TEMPLATE, languages: { en: { email } } };
  await createStoreTemplate(world.mongo)(template, world.now());
  await store.putPool({ key: 'summer', lowStock: 0 }, world.now());
});

beforeEach(async () => {
  world.shiftMs = 0;
  await world.mongo.db.collection('vouchers').deleteMany({});
  await store.add({ pool: 'summer', codes: ['ONE'], expiresAt: null });
});

afterAll(() => bench.close());

async function counts(wanted: Partial<PoolCounts>): Promise<void> {
  for (const end = Date.now() + 5_000; Date.now() < end;) {
    const now = await store.counts('summer');
    if (Object.entries(wanted).every(([state, count]) => now[state as keyof PoolCounts] === count))
      return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await store.counts('summer')).toMatchObject(wanted);
}

describe('the code of a message', () => {
  it('is free again as soon as the message is withdrawn', async () => {
    const { collections } = world.mongo;
    const clock = (): number => world.now();
    const settling = settleVouchers(createLedger(collections, clock), store, clock);
    const busy = () => Promise.reject(new ProviderError('retryLater', 'sendgrid-503'));
    const email = new Line(bench.providers.email, busy);
    const request = world.request(await world.customer(), 'email', { template: TEMPLATE });
    expect(await world.worker({ email }, settling)(request)).toMatchObject({ kind: 'later' });
    await counts({ reserved: 1, free: 0 });
    const { onWithdrawn } = settling;
    await createWithdrawMessages({ collections, clock, onWithdrawn })({ runId: request.runId });
    await counts({ reserved: 0, free: 1 });
  });

  it.each([
    ['was refused', new ProviderError('ourFault', 'sendgrid-400')],
    ['was to be repeated', new ProviderError('retryLater', 'sendgrid-503')],
    ['broke off', new ProviderError('unsure', 'sendgrid-timeout')],
  ])('is theirs at once who have it by their receipt, though the call %s', async (_what, end) => {
    const { collections } = world.mongo;
    const clock = (): number => world.now();
    const settling = settleVouchers(createLedger(collections, clock), store, clock);
    const request = world.request(await world.customer(), 'email', { template: TEMPLATE });
    const { messageId } = request;
    const email = new Line(bench.providers.email, async () => {
      const delivered = { messageId, status: 'delivered', at: world.now() } as const;
      await applyReceipt(collections, undefined, delivered);
      throw end;
    });
    await world.worker({ email }, settling)(request);
    expect(await world.message(request)).toMatchObject({ status: 'delivered' });
    expect(await store.counts('summer')).toMatchObject({ issued: 1, reserved: 0, free: 0 });
  });
});
