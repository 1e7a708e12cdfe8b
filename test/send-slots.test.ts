import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { createLedger } from '#messages/ledger-store.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type SendWorld } from '#test/support/send-world.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-slots');
  world = bench.world;
});

beforeEach(() => {
  world.shiftMs = 0;
});

afterAll(() => bench.close());

const settings = (input: object) => ({
  gateSettings: () => Promise.resolve(GateSettings.parse(input)),
});

describe('a slot', () => {
  it('that was long waited for is as fresh as its claim, and the call is made', async () => {
    const ledger = createLedger(world.mongo.collections, () => world.now());
    const behind = {
      ...ledger,
      async reserve(ask: Parameters<typeof ledger.reserve>[0]) {
        world.shiftMs += 10_000;
        return ledger.reserve(ask);
      },
    };
    const email = new Line(bench.providers.email);
    const request = world.request(await world.customer(), 'email');
    const capped = settings({ caps: [{ channel: 'any', max: 3, per: 'day' }] });
    const before = world.now();
    expect(await world.worker({ email }, { ...capped, ledger: behind })(request)).toEqual(SENT);
    expect(email.calls).toHaveLength(1);
    const { calledAt } = await world.message(request);
    expect(calledAt).toBeGreaterThanOrEqual(before + 10_000);
  });

  it('is kept for a held message of higher priority as long as that one may still come', async () => {
    const customer = await world.customer();
    const far = settings({
      ...{ caps: [{ channel: 'any', max: 2, per: 'month' }], minDistance: 'PT1H' },
    });
    expect(await world.worker({}, far)(world.request(customer, 'email'))).toEqual(SENT);
    const urgent = world.request(customer, 'email', { gate: { priority: 90 } });
    const held = { kind: 'held', reason: 'minDistance' };
    expect(await world.worker({}, far)(urgent)).toMatchObject(held);
    const other = world.request(customer, 'email', { gate: { priority: 10 } });
    const near = settings({ caps: [{ channel: 'any', max: 2, per: 'month' }] });
    const waits = { kind: 'held', reason: 'priority' };
    expect(await world.worker({}, near)(other)).toMatchObject(waits);
    await world.endRun(urgent.runId);
    expect(await world.worker({}, near)(other)).toEqual(SENT);
  });
});
