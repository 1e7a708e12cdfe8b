import { describe, expect, it } from '@jest/globals';
import type { SendRequest } from '#activities/send-message.ts';
import { createFailover } from '#channels/failover.ts';
import { ProviderError } from '#channels/provider.ts';
import type { ProviderLines } from '#channels/providers.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';
import {
  atBrokenCalls,
  CALL_OVER_MS,
  crash,
  cut,
  LOOKUP_DELAY_MS,
  SENT,
} from '#test/support/broken-calls.ts';
import type { SendBench } from '#test/support/send-bench.ts';
import { Line, RECEIPT_WAIT_MS, type SendWorld } from '#test/support/send-world.ts';

let bench: SendBench;
let world: SendWorld;

atBrokenCalls('kairos-send-second-provider', (started) => {
  bench = started;
  world = bench.world;
});

describe('a call whose end is unknown, with a second provider standing by', () => {
  const refuse = (): Promise<never> =>
    Promise.reject(new ProviderError('retryLater', 'line-unreachable'));

  /** Two lines to the same provider, of which the second has another name. */
  function pair(channel: Channel, ...script: (() => Promise<never>)[]) {
    const one = new Line(bench.providers[channel], ...script);
    const two = Object.assign(new Line(bench.providers[channel]), { name: 'second' });
    const lines = Object.fromEntries(
      CHANNELS.map((name) => [name, name === channel ? [one, two] : [bench.providers[name]]]),
    ) as unknown as ProviderLines;
    const worker = world.worker({}, { failover: createFailover(lines, () => world.now()) });
    return { one, two, worker };
  }

  it('goes to the second after a refusal, and stays with the first after silence (e-mail)', async () => {
    const customer = await world.customer();
    const refused = world.request(customer, 'email');
    const first = pair('email', refuse);
    const later = { kind: 'later', reason: 'providerUnavailable' };
    expect(await first.worker(refused)).toMatchObject(later);
    expect(await first.worker(refused)).toEqual(SENT);
    expect([first.one.calls.length, first.two.calls.length]).toEqual([1, 1]);
    expect(await world.message(refused)).toMatchObject({ provider: 'second', attempts: 2 });

    const unsure = world.request(customer, 'email');
    const other = pair('email', cut);
    expect(await other.worker(unsure)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += RECEIPT_WAIT_MS;
    expect(await other.worker(unsure)).toEqual(SENT);
    expect([other.one.calls.length, other.two.calls.length]).toEqual([2, 0]);
  });

  it('stays with a provider that takes each message once, and leaves another one that is ill', async () => {
    for (const [channel, calls] of [
      ['viber', [6, 0]],
      ['sms', [5, 1]],
    ] as const) {
      const consents = { [channel]: { granted: true, at: world.now(), source: 'test' } };
      const { one, two, worker } = pair(channel, cut, cut, cut, cut, cut);
      const requests: SendRequest[] = [];
      for (let number = 0; number < 5; number += 1) {
        const customer = await world.customer({ consents });
        const request = world.request(customer, channel, { template: 'waiting' });
        expect(await worker(request)).toMatchObject({ kind: 'unsure' });
        requests.push(request);
      }
      world.shiftMs += LOOKUP_DELAY_MS;
      const [first] = requests;
      if (first !== undefined) expect(await worker(first)).toEqual(SENT);
      expect([one.calls.length, two.calls.length]).toEqual(calls);
    }
  });

  it.each([
    ['broke off', cut, LOOKUP_DELAY_MS],
    ['was left by a crash', crash, CALL_OVER_MS],
  ])(
    'is never called after a call that %s, whatever the first says later',
    async (_what, end, wait) => {
      const consents = { viber: { granted: true, at: world.now(), source: 'test' } };
      const customer = await world.customer({ consents });
      const request = world.request(customer, 'viber', { template: 'waiting' });
      const { one, two, worker } = pair('viber', end, refuse, refuse);
      await worker(request).catch(() => null);
      world.shiftMs += wait + 1;
      for (const attempts of [2, 3]) {
        const outcome = await worker(request);
        expect(outcome).toMatchObject({ kind: 'later', reason: 'providerUnavailable' });
        // A pause, as where nobody stands by.
        expect(outcome.kind === 'later' && outcome.retryAt > world.now()).toBe(true);
        expect(await world.message(request)).toMatchObject({ status: 'deferred', attempts });
      }
      expect(await worker(request)).toEqual(SENT);
      expect([one.calls.length, two.calls.length]).toEqual([4, 0]);
    },
  );

  it('asks each once before there is a pause', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'sms');
    const { one, two, worker } = pair('sms', refuse, refuse);
    two.refuse(refuse);
    const retryAts: number[] = [];
    for (let call = 0; call < 2; call += 1) {
      const outcome = await worker(request);
      if (outcome.kind === 'later') retryAts.push(outcome.retryAt - world.now());
    }
    expect([one.calls.length, two.calls.length]).toEqual([1, 1]);
    expect(retryAts[0]).toBeLessThanOrEqual(0);
    expect(retryAts[1]).toBeGreaterThan(1_000);
  });

  it('asks the second where the first knows our account no more, though it was asked for patience before', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'sms');
    const busy = () => Promise.reject(new ProviderError('retryLater', 'line-429', 1_000));
    const stranger = () => Promise.reject(new ProviderError('ourFault', 'line-401'));
    const { one, two, worker } = pair('sms', busy, stranger);
    expect(await worker(request)).toMatchObject({ kind: 'later', reason: 'rateLimited' });
    expect(await worker(request)).toMatchObject({ kind: 'later', reason: 'providerUnavailable' });
    expect(await worker(request)).toEqual(SENT);
    expect([one.calls.length, two.calls.length]).toEqual([2, 1]);

    const nobody = world.request(customer, 'sms');
    const strangers = pair('sms', stranger);
    strangers.two.refuse(stranger);
    expect(await strangers.worker(nobody)).toMatchObject({ kind: 'later' });
    const failed = { kind: 'failed', reason: 'misconfigured' };
    expect(await strangers.worker(nobody)).toEqual(failed);
  });
});
