import { describe, expect, it } from '@jest/globals';
import { SmtpProvider } from '#channels/email/smtp.ts';
import type { CarriedChannel } from '#domain/message/message.ts';
import { applyReceipt } from '#messages/apply-receipt.ts';
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
import { SmtpSink } from '#test/support/smtp-sink.ts';

const LATE_LOOKUP_DELAY_MS = 30_000;
const PROVIDER_TIMEOUT_MS = 10_000;

let bench: SendBench;
let world: SendWorld;

atBrokenCalls('kairos-send-unknown-end', (started) => {
  bench = started;
  world = bench.world;
});

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
    const real = new SmtpProvider({ url: smtp.url(), from: 'shop@kairos.example' }, 'secret');
    const email = new Line(real, (pass) => pass().then(cut));
    const request = world.request(customer, 'email');
    const sent = { kind: 'sent', deliveryReceipts: false };
    expect(await world.worker({ email })(request)).toEqual(sent);
    expect(await world.worker({ email })(request)).toEqual(sent);
    expect(email.calls).toHaveLength(1);
    await real.close();
    await smtp.close();
  });

  it.each<CarriedChannel>(['email', 'sms', 'push'])(
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
