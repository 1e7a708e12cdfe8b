import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createSendRouting } from '#activities/send-routing.ts';
import { createFailover } from '#channels/failover.ts';
import { ProviderError } from '#channels/provider.ts';
import type { ProviderLines } from '#channels/providers.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type SendWorld } from '#test/support/send-world.ts';

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-paced');
  world = bench.world;
});

beforeEach(() => {
  world.shiftMs = 0;
});

afterAll(() => bench.close());

describe('a second provider whose rate is set', () => {
  it('is called over its own queue, where messages go that the first one refused', async () => {
    const refuse = () => Promise.reject(new ProviderError('retryLater', 'line-unreachable'));
    const one = new Line(bench.providers.email, refuse);
    const two = Object.assign(new Line(bench.providers.email), { name: 'second' });
    const lines = Object.fromEntries(
      CHANNELS.map((name) => [name, name === 'email' ? [one, two] : [bench.providers[name]]]),
    ) as unknown as ProviderLines;
    const failover = createFailover(lines, () => world.now());
    const isPaced = (name: string): boolean => name === 'second';
    const { messages } = world.mongo.collections;
    const routing = createSendRouting({
      ...{ messages, failover, isSet: isPaced },
      isOwed: (template) => Promise.resolve(template === 'receipt'),
    });
    const worker = world.worker({}, { failover, isPaced });
    const request = world.request(await world.customer(), 'email');
    const { messageId } = request;
    expect(await routing.sendQueue('email', messageId)).toBe(`kairos-send-${one.name}`);
    expect(await worker(request)).toMatchObject({ kind: 'later', reason: 'providerUnavailable' });
    for (const past of [request, { ...request, via: one.name }]) {
      expect(await worker(past)).toMatchObject({ kind: 'later', reason: 'rateLimited' });
    }
    expect([one.calls.length, two.calls.length]).toEqual([1, 0]);
    expect(await routing.sendQueue('email', messageId)).toBe('kairos-send-second');
    const owed = await routing.sendQueue('email', messageId, 'receipt');
    expect(owed).toBe('kairos-send-second-owed');
    const sent = { kind: 'sent', deliveryReceipts: true };
    expect(await worker({ ...request, via: 'second' })).toEqual(sent);
    expect([one.calls.length, two.calls.length]).toEqual([1, 1]);
  });
});
