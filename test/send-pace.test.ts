import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createMailPace, type MailPace } from '#activities/pace-mail.ts';
import type { SendRequest } from '#activities/send-message.ts';
import { ProviderError } from '#channels/provider.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { SendingSettings } from '#domain/message/pace/sending-settings.ts';
import { usedNow } from '#domain/message/pace/used-now.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { createLedger } from '#messages/ledger-store.ts';
import { createPaceStore, readPace } from '#messages/pace-store.ts';
import { reasonWords } from '#messages/reason-words.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type SendWorld } from '#test/support/send-world.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };
/** Three in the afternoon: by then a whole day's number is free. */
const AFTERNOON = '15:00:00.000Z';

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-pace');
  world = bench.world;
});

beforeEach(async () => {
  world.shiftMs = 0;
  await world.mongo.collections.paces.deleteMany({});
});

afterAll(() => bench.close());

const rulesOf = (settings: object) => ({ settings: SendingSettings.parse(settings), zone: 'UTC' });

/** What one worker goes by; each call plays another worker, with what it remembers. */
function paceOf(settings: object): MailPace {
  const rules = () => Promise.resolve(rulesOf(settings));
  const clock = (): number => world.now();
  return createMailPace({
    rules,
    clock,
    store: createPaceStore(world.mongo.collections, { rules, clock }),
  });
}

async function requests(
  count: number,
  domain: string,
  changes: Partial<SendRequest> = {},
): Promise<SendRequest[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const email = `${randomUUID()}@${domain}`;
      const customer = await world.customer({ attributes: { email } });
      return world.request(customer, 'email', changes);
    }),
  );
}

const goes = (outcome: SendOutcome): boolean => outcome.kind === 'sent';

async function used(settings: object) {
  return usedNow(rulesOf(settings), await readPace(world.mongo.collections), world.now());
}

describe('a rate of a mailbox provider', () => {
  const settings = { domains: { 'gmail.com': { perMinute: 20 } } };

  it('is kept by two workers, who send to others meanwhile, and lets everybody go in the end', async () => {
    const email = new Line(bench.providers.email);
    const workers = [paceOf(settings), paceOf(settings)].map((pace) =>
      world.worker({ email }, { pace }),
    );
    const ask = (asked: readonly SendRequest[]): Promise<SendOutcome[]> =>
      Promise.all(
        asked.map((request, n) => workers[n % 2]?.(request) ?? Promise.reject(new Error('none'))),
      );
    const mails = await requests(40, 'gmail.com');
    const others = await requests(10, 'shop.example');
    const [outcomes, free] = await Promise.all([ask(mails), ask(others)]);
    expect(free.filter(goes)).toHaveLength(10);
    // What somebody brought about leaves a tenth of the rate for what somebody is owed.
    expect(outcomes.filter(goes)).toHaveLength(18);
    expect(email.calls).toHaveLength(28);
    let waiting = mails.filter((_, n) => outcomes[n]?.kind !== 'sent');
    const [first] = waiting;
    if (first === undefined) throw new Error('nobody waits');
    const stands = await world.message(first);
    expect(stands).toMatchObject({
      ...{ status: 'deferred', reason: 'throttled', attempts: 0 },
      details: { domain: 'gmail.com', perMinute: 20 },
    });
    expect(stands.heldUntil).toBeGreaterThan(world.now());
    expect(reasonWords('throttled')).toContain('mailbox provider');
    const owed = await requests(3, 'googlemail.com', { template: 'receipt' });
    expect((await ask(owed)).filter(goes)).toHaveLength(2);
    for (let minute = 1; waiting.length > 0 && minute < 5; minute += 1) {
      world.shiftMs = minute * 62_000;
      const again = await ask(waiting);
      expect(again.filter(goes).length).toBeLessThanOrEqual(18);
      waiting = waiting.filter((_, n) => again[n]?.kind !== 'sent');
    }
    expect(waiting).toHaveLength(0);
    const ids = email.calls.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(28 + 2 + 22);
  });

  it('counts no mail whose call was not made', async () => {
    const pace = paceOf(settings);
    const gateSettings = () =>
      Promise.resolve(GateSettings.parse({ caps: [{ channel: 'any', max: 1, per: 'day' }] }));
    const worker = world.worker({}, { pace, gateSettings });
    const customer = await world.customer({ attributes: { email: `${randomUUID()}@gmail.com` } });
    expect(await worker(world.request(customer, 'email'))).toEqual(SENT);
    const second = world.request(customer, 'email');
    expect(await worker(second)).toMatchObject({ kind: 'suppressed', reason: 'cap' });
    const [over] = await requests(1, 'gmail.com');
    if (over === undefined) throw new Error('no request');
    const ended = world.worker({}, { pace, isStopped: () => Promise.resolve(true) });
    const campaign = { key: 'sale', variant: null };
    expect(await ended({ ...over, campaign })).toMatchObject({ kind: 'suppressed' });
    expect((await used(settings)).domains).toMatchObject([{ minute: 1, today: 1 }]);
  });

  it('is never passed by a worker that is cut off: what it counted is lost, and nothing else', async () => {
    const email = new Line(bench.providers.email);
    const ledger = createLedger(world.mongo.collections, () => world.now());
    const cutOff = { ...ledger, claim: () => Promise.reject(new Error('cut off')) };
    const [request] = await requests(1, 'gmail.com');
    if (request === undefined) throw new Error('no request');
    await expect(
      world.worker({ email }, { pace: paceOf(settings), ledger: cutOff })(request),
    ).rejects.toThrow('cut off');
    const uncounted: MailPace = {
      take: () => Promise.reject(new Error('away')),
      giveBack: () => Promise.resolve(),
    };
    await expect(world.worker({ email }, { pace: uncounted })(request)).rejects.toThrow('away');
    expect(email.calls).toHaveLength(0);
    expect((await used(settings)).domains).toMatchObject([{ minute: 1 }]);
    expect(await world.worker({ email }, { pace: paceOf(settings) })(request)).toEqual(SENT);
    expect((await used(settings)).domains).toMatchObject([{ minute: 2 }]);
  });

  it('is asked of nobody else: without settings nothing is read or counted', async () => {
    const [mail] = await requests(1, 'gmail.com');
    if (mail === undefined) throw new Error('no request');
    expect(await world.worker({}, { pace: paceOf({}) })(mail)).toEqual(SENT);
    const other = { domains: { 'yahoo.com': { perMinute: 1 } } };
    const [next] = await requests(1, 'gmail.com');
    if (next === undefined) throw new Error('no request');
    expect(await world.worker({}, { pace: paceOf(other) })(next)).toEqual(SENT);
    expect(await world.mongo.collections.paces.countDocuments()).toBe(0);
  });
});

describe('a warm-up plan', () => {
  it('counts no mail that its provider refused: an outage eats nothing of the day', async () => {
    const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
    world.shiftMs = Date.parse(`${tomorrow}T${AFTERNOON}`) - Date.now();
    const { name } = bench.providers.email;
    const settings = {
      warmUp: [{ provider: name, startsOn: tomorrow, perDay: [2] }],
      domains: { 'gmail.com': { perMinute: 20 } },
    };
    const away = () => Promise.reject(new ProviderError('retryLater', 'sendgrid-503'));
    const email = new Line(bench.providers.email, away, away, away);
    const worker = world.worker({ email }, { pace: paceOf(settings) });
    const mails = await requests(3, 'gmail.com');
    for (const mail of mails) expect(await worker(mail)).toMatchObject({ kind: 'later' });
    expect(await used(settings)).toMatchObject({
      warmUp: [{ sent: 0, number: 2, held: 0 }],
      domains: [{ minute: 0, today: 0 }],
    });
    world.shiftMs += 1_000;
    const ends = [];
    for (const mail of mails) ends.push((await worker(mail)).kind);
    expect(ends).toEqual(['sent', 'sent', 'held']);
  });

  it('holds what is over the number of a day until the next, but not what somebody is owed', async () => {
    const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
    const afternoon = Date.parse(`${tomorrow}T${AFTERNOON}`);
    world.shiftMs = afternoon - Date.now();
    const provider = bench.providers.email.name;
    const settings = { warmUp: [{ provider, startsOn: tomorrow, perDay: [5] }] };
    const workers = [paceOf(settings), paceOf(settings)].map((pace) => world.worker({}, { pace }));
    const ask = (asked: readonly SendRequest[]): Promise<SendOutcome[]> =>
      Promise.all(
        asked.map((request, n) => workers[n % 2]?.(request) ?? Promise.reject(new Error('none'))),
      );
    const mails = await requests(12, 'shop.example');
    const outcomes = await ask(mails);
    expect(outcomes.filter(goes)).toHaveLength(5);
    const held = mails.filter((_, n) => outcomes[n]?.kind === 'held');
    expect(held).toHaveLength(7);
    const midnight = Date.parse(`${tomorrow}T00:00:00.000Z`) + DAY_MS;
    for (const request of held) {
      const message = await world.message(request);
      expect(message).toMatchObject({
        ...{ status: 'deferred', reason: 'warmUp', attempts: 0 },
        details: { provider, day: tomorrow, number: 5 },
      });
      expect(message.heldUntil).toBeGreaterThanOrEqual(midnight);
    }
    const owed = await requests(3, 'shop.example', { template: 'receipt' });
    expect((await ask(owed)).filter(goes)).toHaveLength(3);
    expect((await used(settings)).warmUp).toMatchObject([
      { provider, day: tomorrow, sent: 8, free: 5, number: 5, held: 7 },
    ]);
    // Held for longer than a message may be: it says something that is past.
    const longAgo = { heldSince: world.now() - 3 * DAY_MS };
    const [old] = await requests(1, 'shop.example', longAgo);
    if (old === undefined) throw new Error('no request');
    expect(await ask([old])).toEqual([{ kind: 'suppressed', reason: 'warmUp' }]);
    // The plan's last day is over.
    world.shiftMs += DAY_MS;
    const again = held.map((request) => ({ ...request, deadline: world.now() + 60_000 }));
    expect((await ask(again)).filter(goes)).toHaveLength(7);
  });
});
