import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SendRequest } from '#activities/send-message.ts';
import { SmtpProvider } from '#channels/email/smtp.ts';
import { createFailover } from '#channels/failover.ts';
import { ProviderError } from '#channels/provider.ts';
import type { ProviderLines } from '#channels/providers.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';
import { applyReceipt } from '#messages/apply-receipt.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, RECEIPT_WAIT_MS, type SendWorld } from '#test/support/send-world.ts';
import { SmtpSink } from '#test/support/smtp-sink.ts';

const CALL_OVER_MS = 15_000;
const LOOKUP_DELAY_MS = 3_000;
const LATE_LOOKUP_DELAY_MS = 30_000;
const PROVIDER_TIMEOUT_MS = 10_000;
const SENT = { kind: 'sent', deliveryReceipts: true };

const cut = (): Promise<never> => Promise.reject(new ProviderError('unsure', 'line-broken-off'));
/** The worker dies in the middle of its call: nobody writes anything down any more. */
const crash = (): Promise<never> => Promise.reject(new Error('killed'));

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-unknown-end');
  world = bench.world;
  const languages = { en: { viber: { text: 'Waiting' }, sms: { text: 'Waiting' } } };
  await createStoreTemplate(world.mongo)({ key: 'waiting', languages }, world.now());
});

beforeEach(() => {
  world.shiftMs = 0;
});

afterAll(() => bench.close());

describe('a call whose end is unknown', () => {
  it('is found in the message list of a provider that can be asked (SMS)', async () => {
    const customer = await world.customer();
    await bench.rule(customer, 'sms', 'lostReply');
    const request = world.request(customer, 'sms');
    expect(await world.worker()(request)).toMatchObject({ kind: 'unsure' });
    await bench.rule(customer, 'email');
    world.shiftMs += LOOKUP_DELAY_MS;
    expect(await world.worker()(request)).toEqual(SENT);
    expect(await bench.accepted(customer, 'sms')).toBe(1);
    expect((await world.message(request)).providerId).toMatch(/^SM/);
  });

  it('is repeated when the provider does not know it, not taking an equal one for it (SMS)', async () => {
    const customer = await world.customer();
    expect(await world.worker()(world.request(customer, 'sms'))).toEqual(SENT);
    const request = world.request(customer, 'sms');
    const sms = new Line(bench.providers.sms, cut);
    expect(await world.worker({ sms })(request)).toMatchObject({ kind: 'unsure' });
    expect(await world.worker({ sms })(request)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += LOOKUP_DELAY_MS;
    expect(await world.worker({ sms })(request)).toEqual(SENT);
    expect(await bench.accepted(customer, 'sms')).toBe(2);
    expect(await world.worker({ sms })(request)).toEqual(SENT);
    expect(sms.calls).toHaveLength(2);
  });

  it('is found as it went out, whatever it would say by now (SMS)', async () => {
    const customer = await world.customer();
    await bench.rule(customer, 'sms', 'lostReply');
    const request = world.request(customer, 'sms');
    expect(await world.worker()(request)).toMatchObject({ kind: 'unsure' });
    await bench.rule(customer, 'email');
    world.shiftMs += LOOKUP_DELAY_MS;
    const changed = { ...request, entry: { ...request.entry, properties: { name: 'Sandals' } } };
    expect(await world.worker()(changed)).toEqual(SENT);
    expect(await bench.accepted(customer, 'sms')).toBe(1);
  });

  it('stays unknown where nobody wrote down what went out (SMS)', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'sms');
    const sms = new Line(bench.providers.sms, cut);
    expect(await world.worker({ sms })(request)).toMatchObject({ kind: 'unsure' });
    const { messages } = world.mongo.collections;
    await messages.updateOne({ _id: request.messageId }, { $unset: { textHash: '' } });
    world.shiftMs += LOOKUP_DELAY_MS;
    expect(await world.worker({ sms })(request)).toEqual(SENT);
    expect(await world.message(request)).toMatchObject({ status: 'unknown' });
    expect(sms.calls).toHaveLength(1);
  });

  it('is asked for by its id alone where that is known, whoever claimed it before (Viber)', async () => {
    const consents = { viber: { granted: true, at: world.now(), source: 'test' } };
    const customer = await world.customer({ consents });
    const request = world.request(customer, 'viber', { template: 'waiting' });
    const viber = new Line(bench.providers.viber, (pass) => pass().then(cut));
    expect(await world.worker({ viber })(request)).toMatchObject({ kind: 'unsure' });
    const { messages, profiles } = world.mongo.collections;
    // As a release wrote it that kept no hash; and the person has another number by now.
    await messages.updateOne({ _id: request.messageId }, { $unset: { textHash: '' } });
    const phone = { $set: { 'attributes.phone': '+12025559999' } };
    await profiles.updateOne({ _id: customer.id }, phone);
    world.shiftMs += LOOKUP_DELAY_MS;
    expect(await world.worker({ viber })(request)).toEqual(SENT);
    expect(await world.message(request)).toMatchObject({ status: 'sent' });
    expect(viber.calls).toHaveLength(1);
  });

  it('is looked for later when it was we who hung up: a provider that stood still may yet carry it out (SMS)', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'sms');
    const hangUp = (): Promise<never> => {
      world.shiftMs += PROVIDER_TIMEOUT_MS;
      return cut();
    };
    const sms = new Line(bench.providers.sms, hangUp);
    expect(await world.worker({ sms })(request)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += LOOKUP_DELAY_MS;
    expect(await world.worker({ sms })(request)).toMatchObject({ kind: 'unsure' });
    expect(sms.calls).toHaveLength(1);
    world.shiftMs += LATE_LOOKUP_DELAY_MS;
    expect(await world.worker({ sms })(request)).toEqual(SENT);
    expect(await bench.accepted(customer, 'sms')).toBe(1);
  });

  it('is told by the receipt of acceptance (e-mail through SendGrid)', async () => {
    const customer = await world.customer();
    await bench.rule(customer, 'email', 'lostReply');
    const request = world.request(customer, 'email');
    const before = world.now();
    const outcome = await world.worker()(request);
    expect(outcome).toMatchObject({ kind: 'unsure' });
    const { calledAt } = await world.message(request);
    expect(outcome).toEqual({ kind: 'unsure', askAt: (calledAt ?? before) + RECEIPT_WAIT_MS });
    await bench.rule(customer, 'email');
    await bench.applyPosted(request.messageId);
    expect(await world.worker()(request)).toEqual(SENT);
    world.shiftMs += RECEIPT_WAIT_MS;
    expect(await world.worker()(request)).toEqual(SENT);
    expect(await bench.accepted(customer, 'email')).toBe(1);
  });

  it('is repeated after the receipt did not come in its time (e-mail through SendGrid)', async () => {
    const customer = await world.customer();
    const email = new Line(bench.providers.email, cut);
    const request = world.request(customer, 'email');
    expect(await world.worker({ email })(request)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += RECEIPT_WAIT_MS - 5_000;
    expect(await world.worker({ email })(request)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += 5_000;
    expect(await world.worker({ email })(request)).toEqual(SENT);
    expect(await bench.accepted(customer, 'email')).toBe(1);
  });

  it('stands as unknown where nobody can tell, and is never repeated (push)', async () => {
    const customer = await world.customer();
    await bench.rule(customer, 'push', 'lostReply');
    const request = world.request(customer, 'push');
    expect(await world.worker()(request)).toEqual(SENT);
    await bench.rule(customer, 'email');
    expect(await world.message(request)).toMatchObject({ status: 'unknown', reason: 'endUnknown' });
    world.shiftMs += 600_000;
    expect(await world.worker()(request)).toEqual(SENT);
    expect(await bench.accepted(customer, 'push')).toBe(1);
    const { messageId } = request;
    const tapped = { messageId, status: 'clicked', at: world.now() } as const;
    expect(await applyReceipt(world.mongo.collections, undefined, tapped)).toMatchObject({
      status: 'clicked',
      reason: null,
    });
  });

  it('stands as unknown with a plain mail server, which sends no receipts', async () => {
    const customer = await world.customer();
    const smtp = await SmtpSink.start();
    const real = new SmtpProvider({ url: smtp.url(), from: 'shop@kairos.example' });
    const email = new Line(real, (pass) => pass().then(cut));
    const request = world.request(customer, 'email');
    const sent = { kind: 'sent', deliveryReceipts: false };
    expect(await world.worker({ email })(request)).toEqual(sent);
    expect(await world.worker({ email })(request)).toEqual(sent);
    expect(email.calls).toHaveLength(1);
    await real.close();
    await smtp.close();
  });

  describe('with a second provider standing by', () => {
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

  it.each<Channel>(['email', 'sms', 'push'])(
    'left by a crash is touched by nobody until it is surely over (%s)',
    async (channel) => {
      const customer = await world.customer();
      const line = new Line(bench.providers[channel], crash);
      const request = world.request(customer, channel);
      await expect(world.worker({ [channel]: line })(request)).rejects.toThrow('killed');
      const { calledAt } = await world.message(request);
      const early = await world.worker({ [channel]: line })(request);
      expect(early).toMatchObject({ kind: 'unsure' });
      const askAt = early.kind === 'unsure' ? early.askAt : 0;
      expect(askAt - (calledAt ?? 0)).toBe(channel === 'email' ? RECEIPT_WAIT_MS : CALL_OVER_MS);
      world.shiftMs += askAt - world.now() + 1;
      expect(await world.worker({ [channel]: line })(request)).toEqual(SENT);
      expect(await bench.accepted(customer, channel)).toBe(channel === 'push' ? 0 : 1);
      const status = channel === 'push' ? 'unknown' : 'sent';
      expect(await world.message(request)).toMatchObject({ status });
    },
  );

  it('is not called again after its patience is over', async () => {
    const customer = await world.customer();
    const email = new Line(bench.providers.email, cut);
    const request = world.request(customer, 'email', { deadline: world.now() + 10_000 });
    await world.worker({ email })(request);
    world.shiftMs += RECEIPT_WAIT_MS;
    expect(await world.worker({ email })(request)).toEqual(SENT);
    expect(await world.message(request)).toMatchObject({ status: 'unknown' });
    expect(await bench.accepted(customer, 'email')).toBe(0);
  });
});
