import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SendRequest } from '#activities/send-message.ts';
import { ProviderError } from '#channels/provider.ts';
import { openFacts } from '#domain/message/gate.example.ts';
import { gateRules } from '#domain/message/gate/gate-rules.ts';
import { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { reserveSlots, type SlotAsk } from '#messages/slot-store.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type SendWorld } from '#test/support/send-world.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-gate');
  world = bench.world;
});

beforeEach(() => {
  world.shiftMs = 0;
});

afterAll(() => bench.close());

describe('messages to one customer under a cap', () => {
  const settings = (input: object) => ({
    gateSettings: () => Promise.resolve(GateSettings.parse(input)),
  });
  const threeADay = settings({ caps: [{ channel: 'any', max: 3, per: 'day' }] });
  const FULL = { kind: 'suppressed', reason: 'cap' };

  it('go out as often as it has slots, however many are sent at once', async () => {
    const customer = await world.customer();
    const requests = Array.from({ length: 12 }, (_, index) =>
      world.request(customer, index % 2 === 0 ? 'email' : 'sms'),
    );
    const outcomes = await Promise.all(
      // Each twice, by workers of its own.
      [...requests, ...requests].map((request) => world.worker({}, threeADay)(request)),
    );
    // Who waited too long for its turn has given its claim back, and keeps the slot.
    for (const request of requests) {
      const { status } = await world.message(request);
      if (status === 'deferred') expect(await world.worker({}, threeADay)(request)).toEqual(SENT);
    }
    const inboxes = [bench.accepted(customer, 'email'), bench.accepted(customer, 'sms')];
    const [mails = 0, texts = 0] = await Promise.all(inboxes);
    expect(mails + texts).toBe(3);
    expect(outcomes.filter(({ kind }) => kind === 'suppressed')).toHaveLength(18);
    const refused = await Promise.all(requests.map((request) => world.message(request)));
    const full = refused.filter(({ reason }) => reason === 'cap');
    expect(full).toHaveLength(9);
    expect(full[0]?.details).toMatchObject({ channel: 'any', max: 3, per: 'day' });
  });

  it('give their slot back where they came to nothing', async () => {
    const customer = await world.customer();
    const refuse = () => Promise.reject(new ProviderError('ourFault', 'sendgrid-400'));
    const busy = () => Promise.reject(new ProviderError('retryLater', 'sendgrid-503'));
    const send = (request: SendRequest, answer?: () => Promise<never>) => {
      const email = new Line(bench.providers.email, ...(answer === undefined ? [] : [answer]));
      return world.worker({ email }, threeADay)(request);
    };
    await send(world.request(customer, 'email'), refuse);
    const withdrawn = world.request(customer, 'email');
    expect(await send(withdrawn, busy)).toMatchObject({ kind: 'later' });
    const tried = world.request(customer, 'email');
    expect(await send(tried, busy)).toMatchObject({ kind: 'later' });
    await world.endRun(withdrawn.runId);
    expect(await send(world.request(customer, 'email'))).toEqual(SENT);
    expect(await send(world.request(customer, 'email'))).toEqual(SENT);
    // What is tried again keeps the slot it has.
    expect(await send(world.request(customer, 'email'))).toEqual(FULL);
    expect(await send(tried)).toEqual(SENT);
    expect(await bench.accepted(customer, 'email')).toBe(3);
  });

  it('are decided a slice at a time, the more urgent first', async () => {
    const customers = await Promise.all(Array.from({ length: 5 }, () => world.customer()));
    const at = world.now();
    const asks = customers.flatMap((customer) =>
      [10, 90].map((priority): SlotAsk => {
        const profileId = customer.id;
        const { messageId, runId, ...rest } = world.request(customer, 'email');
        const { journey: journeyKey, version, step, template } = rest;
        const rules = gateRules(
          GateSettings.parse({ caps: [{ channel: 'email', max: 1, per: 'week' }] }),
          { priority },
        );
        const identity = { _id: messageId, runId, profileId, journey: journeyKey, version, step };
        return {
          facts: { ...openFacts, messageId, profileId, at, rules },
          claim: {
            message: { ...identity, channel: 'email', template },
            ...{ seen: null, provider: 'sendgrid', language: 'en', addressHash: 'h', at },
          },
        };
      }),
    );
    const { collections } = world.mongo;
    const [answers, again] = await Promise.all([
      reserveSlots(collections, asks, () => world.now()),
      reserveSlots(collections, asks, () => world.now()),
    ]);
    // Of two who decide about the same slice, one has each message.
    const claimed = [...answers, ...again].filter((one) => 'claimed' in one && one.claimed);
    expect(claimed).toHaveLength(5);
    asks.forEach(({ facts }, index) => {
      const both = [answers[index], again[index]];
      const isClaimed = both.some((one) => one !== undefined && 'claimed' in one && one.claimed);
      expect(isClaimed).toBe(facts.rules.priority === 90);
    });
  });
});

describe('a message in quiet hours', () => {
  // All day but a minute that was over before: whenever the test runs.
  const clock = (agoMs: number): string => new Date(Date.now() - agoMs).toISOString().slice(11, 16);
  const quietHours = { from: clock(60_000), to: clock(120_000) };
  const quiet = { gateSettings: () => Promise.resolve(GateSettings.parse({ quietHours })) };

  it('is held until they end, and goes out then', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'email');
    const email = new Line(bench.providers.email);
    const held = await world.worker({ email }, quiet)(request);
    expect(held).toMatchObject({ kind: 'held', reason: 'quietHours' });
    const until = held.kind === 'held' ? held.until : 0;
    expect(await world.message(request)).toMatchObject({
      ...{ status: 'deferred', reason: 'quietHours', heldUntil: until, attempts: 0 },
    });
    expect(email.calls).toEqual([]);
    world.shiftMs += until - world.now();
    const later = { ...request, deadline: world.now() + 3_600_000 };
    expect(await world.worker({ email }, quiet)(later)).toEqual(SENT);
    const { history, heldUntil, reason } = await world.message(request);
    expect(history.map(({ status }) => status)).toEqual(['deferred', 'sending', 'sent']);
    expect([heldUntil, reason]).toEqual([undefined, null]);
  });

  it('does not go out where its run ended meanwhile', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'email');
    await world.worker({}, quiet)(request);
    await world.endRun(request.runId);
    const over = { kind: 'suppressed', reason: 'runEnded' };
    expect(await world.worker()(request)).toEqual(over);
    expect(await bench.accepted(customer, 'email')).toBe(0);
  });

  it('goes out all the same if it is transactional', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'email', { template: 'receipt' });
    expect(await world.worker({}, quiet)(request)).toEqual(SENT);
  });
});
