import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProviderError } from '#channels/provider.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, RECEIPT_WAIT_MS, type SendWorld } from '#test/support/send-world.ts';

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-crash-receipts');
  world = bench.world;
});
afterAll(() => bench.close());

describe('a receipt that is awaited', () => {
  it('is given its time anew after an outage, in which nobody could have told us', async () => {
    const customer = await world.customer();
    const cut = (): Promise<never> => Promise.reject(new ProviderError('unsure', 'line-cut'));
    const email = new Line(bench.providers.email, cut);
    const request = world.request(customer, 'email');
    expect(await world.worker({ email })(request)).toMatchObject({ kind: 'unsure' });

    world.shiftMs += 10 * RECEIPT_WAIT_MS;
    const backSince = world.now();
    const worker = world.worker({ email }, { receivingSince: () => backSince });
    expect(await worker(request)).toEqual({
      kind: 'unsure',
      askAt: backSince + RECEIPT_WAIT_MS,
    });
    expect(email.calls).toHaveLength(1);

    world.shiftMs += RECEIPT_WAIT_MS;
    expect(await worker(request)).toEqual({ kind: 'sent', deliveryReceipts: true });
    expect(await bench.accepted(customer, 'email')).toBe(1);
  });
});
