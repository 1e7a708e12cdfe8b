import { describe, expect, it } from '@jest/globals';
import { createFailover } from '#channels/failover.ts';
import { ProviderError, type Provider } from '#channels/provider.ts';
import type { ProviderLines } from '#channels/providers.ts';
import { unsetProvider } from '#channels/unset.ts';
import { CHANNELS } from '#domain/message/message.ts';

const OUTGOING = {
  messageId: 'm',
  to: '+12025550100',
  content: { channel: 'sms', text: 'Hi' },
  timeoutMs: 10_000,
} as const;

/** A provider whose end is decided by the test. */
class Fake implements Provider {
  readonly channel = 'sms';
  readonly capabilities = unsetProvider('sms').capabilities;
  fails: ProviderError | null = null;
  calls = 0;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  send(): Promise<{ providerId: string | null }> {
    this.calls += 1;
    return this.fails === null
      ? Promise.resolve({ providerId: this.name })
      : Promise.reject(this.fails);
  }
}

function world() {
  const one = new Fake('one');
  const two = new Fake('two');
  const clock = { now: 0 };
  const lines = Object.fromEntries(
    CHANNELS.map((channel) => [channel, channel === 'sms' ? [one, two] : [unsetProvider(channel)]]),
  ) as unknown as ProviderLines;
  const failover = createFailover(lines, () => clock.now);
  const send = async (): Promise<void> => {
    await failover
      .choose('sms')
      .send(OUTGOING)
      .catch(() => undefined);
  };
  return { one, two, clock, failover, send };
}

describe('two providers of one channel', () => {
  it('share nothing while the first is well', async () => {
    const { one, two, send } = world();
    for (let n = 0; n < 20; n += 1) await send();
    expect([one.calls, two.calls]).toEqual([20, 0]);
  });

  it.each([
    ['is away', new ProviderError('retryLater', 'one-unreachable')],
    ['is broken', new ProviderError('retryLater', 'one-500')],
    ['is down for an hour, and says so', new ProviderError('retryLater', 'one-503', 3_600_000)],
    ['does not answer', new ProviderError('unsure', 'one-timeout')],
    ['knows us no more', new ProviderError('ourFault', 'one-401')],
  ])('change places when the first %s, and back when it is well again', async (_what, fault) => {
    const { one, two, clock, failover, send } = world();
    one.fails = fault;
    for (let n = 0; n < 20; n += 1) await send();
    expect([one.calls, two.calls]).toEqual([5, 15]);
    expect(failover.states().find(({ provider }) => provider === 'one')).toEqual({
      channel: 'sms',
      provider: 'one',
      state: 'open',
      probeAt: 10_000,
    });
    one.fails = null;
    clock.now = 10_000;
    for (let n = 0; n < 3; n += 1) await send();
    expect([one.calls, two.calls]).toEqual([8, 15]);
  });

  it.each([
    ['asks for patience', new ProviderError('retryLater', 'one-429', 1_000)],
    ['dislikes an address', new ProviderError('badAddress', 'one-400')],
    ['dislikes a text', new ProviderError('ourFault', 'one-400')],
  ])('keep their places when the first %s', async (_what, fault) => {
    const { one, two, send } = world();
    one.fails = fault;
    for (let n = 0; n < 20; n += 1) await send();
    expect([one.calls, two.calls]).toEqual([20, 0]);
  });

  it('are tried one at a time when both are ill, the first choice in any case', async () => {
    const { one, two, send } = world();
    one.fails = two.fails = new ProviderError('retryLater', 'x-500');
    for (let n = 0; n < 30; n += 1) await send();
    expect(two.calls).toBe(5);
    expect(one.calls).toBe(25);
  });

  it('are tried again by the next call where the one that was to find out is not made', async () => {
    const { one, two, clock, failover, send } = world();
    one.fails = new ProviderError('retryLater', 'one-500');
    for (let n = 0; n < 5; n += 1) await send();
    clock.now = 10_000;
    const chosen = failover.choose('sms');
    expect([chosen.name, failover.next('sms').name]).toEqual(['one', 'two']);
    failover.release(chosen);
    expect(failover.choose('sms').name).toBe('one');
    expect(two.calls).toBe(0);
  });

  it('are not tried by two at once where a call that is not finding out is given no time or not made', async () => {
    const { one, clock, failover, send } = world();
    one.fails = new ProviderError('retryLater', 'one-500');
    for (let n = 0; n < 5; n += 1) await send();
    clock.now = 10_000;
    const late = failover.choose('sms');
    clock.now += 15_000;
    // The first that was to find out was never heard of: by now it is another one's to do.
    const probe = failover.choose('sms');
    expect([late.name, probe.name]).toEqual(['one', 'one']);
    one.fails = new ProviderError('unsure', 'one-timeout');
    const bound = failover.named('sms', 'one');
    for (const other of [late, bound]) {
      if (other === undefined) throw new Error('it is in use');
      await other.send({ ...OUTGOING, timeoutMs: 1_999 }).catch(() => undefined);
      failover.release(other);
      expect(failover.isFree('sms', 'one')).toBe(false);
    }
    await probe.send({ ...OUTGOING, timeoutMs: 1_999 }).catch(() => undefined);
    expect(failover.isFree('sms', 'one')).toBe(true);
  });

  it('keep their places where the first was given no time to answer', async () => {
    const { one, failover } = world();
    one.fails = new ProviderError('unsure', 'one-timeout');
    for (let n = 0; n < 20; n += 1) {
      const sending = failover.choose('sms').send({ ...OUTGOING, timeoutMs: 1_999 });
      await sending.catch(() => undefined);
    }
    expect(one.calls).toBe(20);
  });

  it('leave out the one that has just refused, as long as the other is well', () => {
    const { failover } = world();
    expect(failover.choose('sms', ['one']).name).toBe('two');
    expect(failover.choose('sms', ['one', 'two']).name).toBe('one');
    expect(failover.line('sms')).toEqual(['one', 'two']);
    expect([failover.isFree('sms', 'two'), failover.isFree('sms', 'gone')]).toEqual([true, false]);
    expect(failover.named('sms', 'two')?.name).toBe('two');
    expect(failover.named('sms', 'gone')).toBeUndefined();
  });
});
