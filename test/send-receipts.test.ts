import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SendRequest } from '#activities/send-message.ts';
import { ProviderError } from '#channels/provider.ts';
import { createReceiptStore } from '#messages/receipt-store.ts';
import { inTransaction } from '#platform/transaction.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type Customer, type SendWorld } from '#test/support/send-world.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-receipts');
  world = bench.world;
});

beforeEach(() => {
  world.shiftMs = 0;
});

afterAll(() => bench.close());

async function failSoftly({ messageId }: SendRequest): Promise<void> {
  const { collections, client } = world.mongo;
  const failed = { eventId: messageId, messageId, status: 'failed', at: world.now() } as const;
  await inTransaction(client, (session) =>
    createReceiptStore(collections).apply({ ...failed, suppress: 'softBounce' }, session),
  );
}

describe('text messages that do not arrive', () => {
  it('close their number to marketing after so many, whosever profile they are of', async () => {
    const one = await world.customer();
    const attributes = { email: one.to.email, phone: one.to.sms };
    const other: Customer = { ...(await world.customer({ attributes })), to: one.to };
    const refuse = () => Promise.reject(new ProviderError('ourFault', 'twilio-400'));
    const refused = world.request(one, 'sms');
    // What the provider refused for its text says nothing of the number.
    await world.worker({ sms: new Line(bench.providers.sms, refuse) })(refused);
    for (const customer of [one, other, one]) {
      const request = world.request(customer, 'sms');
      expect(await world.worker()(request)).toEqual(SENT);
      await failSoftly(request);
    }
    const suppressed = { kind: 'suppressed', reason: 'suppressed' };
    for (const customer of [one, other]) {
      expect(await world.worker()(world.request(customer, 'sms'))).toEqual(suppressed);
      const receipt = world.request(customer, 'sms', { template: 'receipt' });
      expect(await world.worker()(receipt)).toEqual(SENT);
    }
  });
});
