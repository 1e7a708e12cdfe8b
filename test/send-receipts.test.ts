import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SendRequest } from '#activities/send-message.ts';
import { ProviderError } from '#channels/provider.ts';
import { liftSuppression, putSuppression } from '#messages/manual-suppression.ts';
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

async function fail(
  { messageId }: SendRequest,
  suppress: 'softBounce' | null = 'softBounce',
): Promise<void> {
  const { collections, client } = world.mongo;
  const failed = { eventId: messageId, messageId, status: 'failed', at: world.now() } as const;
  await inTransaction(client, (session) =>
    createReceiptStore(collections).apply({ ...failed, suppress }, session),
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
      await fail(request);
    }
    const suppressed = { kind: 'suppressed', reason: 'suppressed' };
    for (const customer of [one, other]) {
      expect(await world.worker()(world.request(customer, 'sms'))).toEqual(suppressed);
      const receipt = world.request(customer, 'sms', { template: 'receipt' });
      expect(await world.worker()(receipt)).toEqual(SENT);
    }
  });

  it('say nothing of their number where their time was over, or was set short by us', async () => {
    const customer = await world.customer();
    const lastOf = async (): Promise<SendRequest> => {
      const request = world.request(customer, 'sms');
      expect(await world.worker()(request)).toEqual(SENT);
      return request;
    };
    for (let count = 0; count < 3; count += 1) {
      await fail(await lastOf(), null);
      const first = world.request(customer, 'sms', { isAbandoned: true });
      expect(await world.worker()(first)).toEqual(SENT);
      await fail(first);
    }
    // Neither did they count beforehand: it takes three of their own to close it.
    await fail(await lastOf());
    await fail(await lastOf());
    await fail(await lastOf());
    const suppressed = { kind: 'suppressed', reason: 'suppressed' };
    expect(await world.worker()(world.request(customer, 'sms'))).toEqual(suppressed);
  });
});

describe('mails that their provider never tried', () => {
  it('count for nothing against their address', async () => {
    const customer = await world.customer();
    const { collections, client } = world.mongo;
    const receipts = createReceiptStore(collections);
    const bounce = async (suppress: 'softBounce' | null): Promise<void> => {
      const request = world.request(customer, 'email');
      expect(await world.worker()(request)).toEqual(SENT);
      const { messageId } = request;
      const told = { messageId, status: 'bounced', at: world.now(), suppress } as const;
      await inTransaction(client, (session) => receipts.apply(told, session));
    };
    for (const suppress of [null, null, null, 'softBounce', 'softBounce'] as const) {
      await bounce(suppress);
    }
    expect(await world.worker()(world.request(customer, 'email'))).toEqual(SENT);
    await bounce('softBounce');
    const suppressed = { kind: 'suppressed', reason: 'suppressed' };
    expect(await world.worker()(world.request(customer, 'email'))).toEqual(suppressed);
  });
});

describe('an address that was left by a link', () => {
  const suppressed = { kind: 'suppressed', reason: 'suppressed' };
  /** Two customers of one address. */
  async function couple(): Promise<[Customer, Customer]> {
    const one = await world.customer();
    const attributes = { email: one.to.email };
    return [one, { ...(await world.customer({ attributes })), to: one.to }];
  }
  const leave = (messageId: string | null, address: string | null): Promise<void> => {
    const { collections, client } = world.mongo;
    const refusal = { channel: 'email', messageId, address, at: world.now() } as const;
    return inTransaction(client, (session) =>
      createReceiptStore(collections).refuseAddress(refusal, session),
    );
  };

  it('is the one the message went to, or the present one where it is kept no more', async () => {
    const [one, other] = await couple();
    const request = world.request(one, 'email');
    expect(await world.worker()(request)).toEqual(SENT);
    await leave(request.messageId, 'moved@customer.example');
    expect(await world.worker()(world.request(other, 'email'))).toEqual(suppressed);
    const [forgotten, partner] = await couple();
    await leave('no/such/message', forgotten.to.email);
    expect(await world.worker()(world.request(partner, 'email'))).toEqual(suppressed);
  });

  it('is still left when what else stood against it is lifted', async () => {
    const [one, other] = await couple();
    const { mongo } = world;
    const whom = { channel: 'email', address: one.to.email, at: world.now() } as const;
    await leave(null, one.to.email);
    await putSuppression(mongo, { ...whom, reason: 'asked by letter', scope: 'marketing' });
    const agreed = { granted: true, at: world.now() + 1_000, source: 'form' };
    await mongo.collections.profiles.updateOne(
      { _id: other.id },
      { $set: { 'consents.email': agreed } },
    );
    expect(await world.worker()(world.request(other, 'email'))).toEqual(suppressed);
    expect(await liftSuppression(mongo, whom)).toMatchObject({ reason: 'asked by letter' });
    expect(await world.worker()(world.request(one, 'email'))).toEqual(suppressed);
    expect(await world.worker()(world.request(other, 'email'))).toEqual(SENT);
    expect(await liftSuppression(mongo, whom)).toMatchObject({ reason: 'unsubscribed' });
    expect(await world.worker()(world.request(one, 'email'))).toEqual(SENT);
    expect(await liftSuppression(mongo, whom)).toBeNull();
  });
});
