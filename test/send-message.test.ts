import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SendRequest } from '#activities/send-message.ts';
import { closeProviders, createProviders } from '#channels/providers.ts';
import { ProviderError, type Provider } from '#channels/provider.ts';
import { verifyAndParse } from '#channels/email/sendgrid-webhook.ts';
import { receiptMeaning } from '#channels/receipts.ts';
import { channelSettings, webhookSettings } from '#channels/settings.ts';
import { SmtpProvider } from '#channels/email/smtp.ts';
import type { Channel } from '#domain/message/message.ts';
import { readLink } from '#platform/signed-link.ts';
import { applyReceipt } from '#messages/apply-receipt.ts';
import { withdrawMessages } from '#messages/withdraw-messages.ts';
import { sandboxEnvironment } from '#sandbox/accounts.ts';
import { SandboxProcess } from '#test/support/sandbox-process.ts';
import { Line, RECEIPT_WAIT_MS, SendWorld, type Customer } from '#test/support/send-world.ts';
import { SmtpSink } from '#test/support/smtp-sink.ts';
import { WebhookSink } from '#test/support/webhook-sink.ts';

const CALL_OVER_MS = 15_000;
const LOOKUP_DELAY_MS = 3_000;
const SENT = { kind: 'sent', deliveryReceipts: true };

let sandbox: SandboxProcess;
let sink: WebhookSink;
let smtp: SmtpSink;
let world: SendWorld;
let providers: Record<Channel, Provider>;

beforeAll(async () => {
  sink = await WebhookSink.start();
  smtp = await SmtpSink.start();
  sandbox = await SandboxProcess.start(sink.url);
  providers = createProviders(settings());
  world = await SendWorld.start(
    'kairos-send-message',
    process.env.KAIROS_TEST_MONGODB_URI ?? '',
    providers,
  );
});

beforeEach(() => {
  world.shiftMs = 0;
});

afterAll(async () => {
  await world.close();
  await closeProviders(providers);
  await sandbox.remove();
  await smtp.close();
  await sink.close();
});

function settings() {
  return channelSettings(sandboxEnvironment(sandbox.accounts, sandbox.url, {}), sink.url);
}

const accepted = async (customer: Customer, channel: Channel): Promise<number> =>
  (await sandbox.inbox(customer.to[channel])).length;

async function rule(customer: Customer, channel: Channel, outcome: 'lostReply' | 'rateLimit') {
  await sandbox.rules([{ channel, to: customer.to[channel], outcome }]);
}

/** What the provider posted about this message, applied as the router would. */
async function applyPosted(request: SendRequest): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    for (const post of sink.posts) {
      const parsed = verifyAndParse(webhookSettings(settings()).sendgrid, post);
      const receipts = Array.isArray(parsed) ? parsed : [];
      for (const { messageId, name, occurredAt: at } of receipts) {
        const status = receiptMeaning(name)?.status;
        if (messageId !== request.messageId || status === undefined) continue;
        await applyReceipt(world.mongo.collections, undefined, { messageId, status, at });
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no receipt came');
}

const cut = (): Promise<never> => Promise.reject(new ProviderError('unsure', 'line-broken-off'));
/** The worker dies in the middle of its call: nobody writes anything down any more. */
const crash = (): Promise<never> => Promise.reject(new Error('killed'));

describe('sending a message', () => {
  it.each<Channel>(['email', 'sms', 'push'])(
    'sends by %s and keeps its history',
    async (channel) => {
      const customer = await world.customer();
      const request = world.request(customer, channel);
      expect(await world.worker()(request)).toEqual(SENT);
      expect(await world.worker()(request)).toEqual(SENT);
      expect(await accepted(customer, channel)).toBe(1);
      expect(await world.message(request)).toMatchObject({
        status: 'sent',
        reason: null,
        provider: providers[channel].name,
        language: 'en',
        attempts: 1,
        history: [{ status: 'sending' }, { status: 'sent' }],
        profileId: customer.id,
      });
    },
  );

  it('lets marketing mails be left by a signed link without personal data, and receipts not', async () => {
    const customer = await world.customer();
    const letters: (string | undefined)[] = [];
    const line = new Line(providers.email);
    const watched: Provider = {
      ...line,
      name: line.name,
      send: (outgoing) => {
        const { content } = outgoing;
        letters.push(content.channel === 'email' ? content.unsubscribeUrl : 'none');
        return line.send(outgoing);
      },
    };
    const send = world.worker({ email: watched });
    const request = world.request(customer, 'email');
    await send(request);
    await send(world.request(customer, 'email', { template: 'receipt' }));
    const [link = '', none] = letters;
    expect(link).toMatch(/^https:\/\/kairos\.example\/v1\/unsubscribe\/[\w.-]+$/);
    expect(readLink('a-secret-of-this-test', link.split('/').at(-1) ?? '')).toEqual({
      profileId: customer.id,
      channel: 'email',
      messageId: request.messageId,
    });
    expect(none).toBeUndefined();
  });

  it('follows a profile to the one it was merged into', async () => {
    const kept = await world.customer();
    const merged = await world.customer({ mergedInto: kept.id });
    expect(await world.worker()(world.request(merged, 'email'))).toEqual(SENT);
    expect([await accepted(kept, 'email'), await accepted(merged, 'email')]).toEqual([1, 0]);
  });

  it.each([
    ['noConsent', 'sms', { consents: {} }, {}],
    ['noConsent', 'email', { consents: { email: { granted: false, at: 1, source: 't' } } }, {}],
    ['noAddress', 'email', { attributes: {} }, {}],
    ['noAddress', 'sms', { attributes: { phone: '12' } }, {}],
    ['noAddress', 'push', { devices: [] }, {}],
    ['erased', 'email', { erasedAt: 1 }, {}],
    ['noContent', 'email', {}, { template: 'no-such' }],
    ['patienceOver', 'email', {}, { deadline: 1 }],
  ] as const)('suppresses for %s (%s) and records why', async (reason, channel, profile, asked) => {
    const customer = await world.customer({ ...profile, devices: 'devices' in profile ? [] : [] });
    const request = world.request(customer, channel, asked);
    expect(await world.worker()(request)).toEqual({ kind: 'suppressed', reason });
    expect(await world.worker()(request)).toEqual({ kind: 'suppressed', reason });
    expect(await accepted(customer, channel)).toBe(0);
    expect(await world.message(request)).toMatchObject({
      status: 'suppressed',
      reason,
      attempts: 0,
    });
  });

  it('sends nothing half-empty', async () => {
    const customer = await world.customer();
    const entry = { kind: 'api', id: 'c', at: 1, event: null, properties: { name: ' ' } } as const;
    const request = world.request(customer, 'email', { entry });
    expect(await world.worker()(request)).toEqual({ kind: 'suppressed', reason: 'missingValue' });
  });

  it('gives up on an address the provider refuses, for later messages too', async () => {
    const customer = await world.customer();
    const refuse = () => Promise.reject(new ProviderError('badAddress', 'twilio-21211'));
    const sms = new Line(providers.sms, refuse);
    const first = world.request(customer, 'sms');
    expect(await world.worker({ sms })(first)).toEqual({ kind: 'failed', reason: 'unreachable' });
    const again = world.request(customer, 'sms');
    expect(await world.worker()(again)).toEqual({ kind: 'suppressed', reason: 'suppressed' });
    expect(await accepted(customer, 'sms')).toBe(0);
  });

  it('tells opting out and our own faults apart', async () => {
    const customer = await world.customer();
    const refusing = (action: 'optedOut' | 'ourFault', code: string) =>
      world.worker({
        sms: new Line(providers.sms, () => Promise.reject(new ProviderError(action, code))),
      })(world.request(customer, 'sms'));
    expect(await refusing('ourFault', 'twilio-21606')).toEqual({
      kind: 'failed',
      reason: 'rejected',
    });
    expect(await refusing('ourFault', 'twilio-401')).toEqual({
      kind: 'failed',
      reason: 'misconfigured',
    });
    expect(await refusing('optedOut', 'twilio-21610')).toEqual({
      kind: 'suppressed',
      reason: 'optedOut',
    });
  });

  it('comes back when the provider said, else after doubling pauses', async () => {
    const customer = await world.customer();
    await rule(customer, 'email', 'rateLimit');
    const request = world.request(customer, 'email');
    expect(await world.worker()(request)).toMatchObject({ kind: 'later', reason: 'rateLimited' });
    expect(await world.message(request)).toMatchObject({ status: 'deferred' });
    const busy = () => Promise.reject(new ProviderError('retryLater', 'sendgrid-503'));
    const email = new Line(providers.email, busy, busy);
    const pauses: number[] = [];
    for (let number = 0; number < 2; number += 1) {
      const before = world.now();
      const outcome = await world.worker({ email })(request);
      expect(outcome).toMatchObject({ kind: 'later', reason: 'providerUnavailable' });
      pauses.push(outcome.kind === 'later' ? Math.round((outcome.retryAt - before) / 1_000) : 0);
    }
    expect(pauses).toEqual([2, 4]);
    await sandbox.rules([]);
    expect(await world.worker({ email })(request)).toEqual(SENT);
    expect(await world.message(request)).toMatchObject({ status: 'sent', attempts: 4 });
    expect(await accepted(customer, 'email')).toBe(1);
  });
});

describe('a call whose end is unknown', () => {
  it('is found in the message list of a provider that can be asked (SMS)', async () => {
    const customer = await world.customer();
    await rule(customer, 'sms', 'lostReply');
    const request = world.request(customer, 'sms');
    expect(await world.worker()(request)).toMatchObject({ kind: 'unsure' });
    await sandbox.rules([]);
    world.shiftMs += LOOKUP_DELAY_MS;
    expect(await world.worker()(request)).toEqual(SENT);
    expect(await accepted(customer, 'sms')).toBe(1);
    expect((await world.message(request)).providerId).toMatch(/^SM/);
  });

  it('is repeated when the provider does not know it, not taking an equal one for it (SMS)', async () => {
    const customer = await world.customer();
    expect(await world.worker()(world.request(customer, 'sms'))).toEqual(SENT);
    const request = world.request(customer, 'sms');
    const sms = new Line(providers.sms, cut);
    expect(await world.worker({ sms })(request)).toMatchObject({ kind: 'unsure' });
    expect(await world.worker({ sms })(request)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += LOOKUP_DELAY_MS;
    expect(await world.worker({ sms })(request)).toEqual(SENT);
    expect(await accepted(customer, 'sms')).toBe(2);
    expect(await world.worker({ sms })(request)).toEqual(SENT);
    expect(sms.calls).toHaveLength(2);
  });

  it('is told by the receipt of acceptance (e-mail through SendGrid)', async () => {
    const customer = await world.customer();
    await rule(customer, 'email', 'lostReply');
    const request = world.request(customer, 'email');
    const before = world.now();
    const outcome = await world.worker()(request);
    expect(outcome).toMatchObject({ kind: 'unsure' });
    const { calledAt } = await world.message(request);
    expect(outcome).toEqual({ kind: 'unsure', askAt: (calledAt ?? before) + RECEIPT_WAIT_MS });
    await sandbox.rules([]);
    await applyPosted(request);
    expect(await world.worker()(request)).toEqual(SENT);
    world.shiftMs += RECEIPT_WAIT_MS;
    expect(await world.worker()(request)).toEqual(SENT);
    expect(await accepted(customer, 'email')).toBe(1);
  });

  it('is repeated after the receipt did not come in its time (e-mail through SendGrid)', async () => {
    const customer = await world.customer();
    const email = new Line(providers.email, cut);
    const request = world.request(customer, 'email');
    expect(await world.worker({ email })(request)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += RECEIPT_WAIT_MS - 5_000;
    expect(await world.worker({ email })(request)).toMatchObject({ kind: 'unsure' });
    world.shiftMs += 5_000;
    expect(await world.worker({ email })(request)).toEqual(SENT);
    expect(await accepted(customer, 'email')).toBe(1);
  });

  it('stands as unknown where nobody can tell, and is never repeated (push)', async () => {
    const customer = await world.customer();
    await rule(customer, 'push', 'lostReply');
    const request = world.request(customer, 'push');
    expect(await world.worker()(request)).toEqual(SENT);
    await sandbox.rules([]);
    expect(await world.message(request)).toMatchObject({ status: 'unknown', reason: 'endUnknown' });
    world.shiftMs += 600_000;
    expect(await world.worker()(request)).toEqual(SENT);
    expect(await accepted(customer, 'push')).toBe(1);
    const { messageId } = request;
    const tapped = { messageId, status: 'clicked', at: world.now() } as const;
    expect(await applyReceipt(world.mongo.collections, undefined, tapped)).toMatchObject({
      status: 'clicked',
      reason: null,
    });
  });

  it('stands as unknown with a plain mail server, which sends no receipts', async () => {
    const customer = await world.customer();
    const url = `smtp://127.0.0.1:${String(smtp.port)}`;
    const real = new SmtpProvider({ url, from: 'shop@kairos.example' });
    const email = new Line(real, (pass) => pass().then(cut));
    const request = world.request(customer, 'email');
    const sent = { kind: 'sent', deliveryReceipts: false };
    expect(await world.worker({ email })(request)).toEqual(sent);
    expect(await world.worker({ email })(request)).toEqual(sent);
    expect(email.calls).toHaveLength(1);
    await real.close();
  });

  it.each<Channel>(['email', 'sms', 'push'])(
    'left by a crash is touched by nobody until it is surely over (%s)',
    async (channel) => {
      const customer = await world.customer();
      const line = new Line(providers[channel], crash);
      const request = world.request(customer, channel);
      await expect(world.worker({ [channel]: line })(request)).rejects.toThrow('killed');
      const { calledAt } = await world.message(request);
      const early = await world.worker({ [channel]: line })(request);
      expect(early).toMatchObject({ kind: 'unsure' });
      const askAt = early.kind === 'unsure' ? early.askAt : 0;
      expect(askAt - (calledAt ?? 0)).toBe(channel === 'email' ? RECEIPT_WAIT_MS : CALL_OVER_MS);
      world.shiftMs += askAt - world.now() + 1;
      expect(await world.worker({ [channel]: line })(request)).toEqual(SENT);
      expect(await accepted(customer, channel)).toBe(channel === 'push' ? 0 : 1);
      const status = channel === 'push' ? 'unknown' : 'sent';
      expect(await world.message(request)).toMatchObject({ status });
    },
  );

  it('is not called again after its patience is over', async () => {
    const customer = await world.customer();
    const email = new Line(providers.email, cut);
    const request = world.request(customer, 'email', { deadline: world.now() + 10_000 });
    await world.worker({ email })(request);
    world.shiftMs += RECEIPT_WAIT_MS;
    expect(await world.worker({ email })(request)).toEqual(SENT);
    expect(await world.message(request)).toMatchObject({ status: 'unknown' });
    expect(await accepted(customer, 'email')).toBe(0);
  });
});

describe('several executions of one send', () => {
  it('call the provider once, however many there are', async () => {
    const customer = await world.customer();
    for (const channel of ['email', 'sms', 'push'] as const) {
      const line = new Line(providers[channel]);
      const request = world.request(customer, channel);
      const workers = Array.from({ length: 12 }, () => world.worker({ [channel]: line }));
      const outcomes = await Promise.all(workers.map((send) => send(request)));
      expect(outcomes.some(({ kind }) => kind === 'sent')).toBe(true);
      expect(outcomes.every(({ kind }) => kind === 'sent' || kind === 'unsure')).toBe(true);
      expect(line.calls).toEqual([request.messageId]);
      expect(await accepted(customer, channel)).toBe(1);
      expect(await world.worker({ [channel]: line })(request)).toEqual(SENT);
    }
  });

  it('repeat a broken call once', async () => {
    const customer = await world.customer();
    const sms = new Line(providers.sms, cut);
    const request = world.request(customer, 'sms');
    await world.worker({ sms })(request);
    world.shiftMs += LOOKUP_DELAY_MS;
    await Promise.all(Array.from({ length: 8 }, () => world.worker({ sms })(request)));
    expect(sms.calls).toHaveLength(2);
    expect(await accepted(customer, 'sms')).toBe(1);
  });
});

describe('a withdrawn message', () => {
  const busy = () => Promise.reject(new ProviderError('retryLater', 'sendgrid-503'));

  it('does not go out when the cascade has moved on', async () => {
    const customer = await world.customer();
    const email = new Line(providers.email, busy);
    const first = world.request(customer, 'email');
    expect(await world.worker({ email })(first)).toMatchObject({ kind: 'later' });
    const { runId } = first;
    const next = world.request(customer, 'sms', {
      runId,
      messageId: `${runId}/remind/0/1`,
      withdraw: [first.messageId],
    });
    expect(await world.worker()(next)).toEqual(SENT);
    const over = { kind: 'suppressed', reason: 'patienceOver' };
    expect(await world.worker({ email })(first)).toEqual(over);
    expect(email.calls).toHaveLength(1);
    expect(await accepted(customer, 'email')).toBe(0);
  });

  it('does not go out when its run has ended', async () => {
    const customer = await world.customer();
    const email = new Line(providers.email, busy);
    const request = world.request(customer, 'email');
    await world.worker({ email })(request);
    await world.endRun(request.runId);
    const over = { kind: 'suppressed', reason: 'runEnded' };
    expect(await world.worker({ email })(request)).toEqual(over);
    expect(await accepted(customer, 'email')).toBe(0);
  });

  it('tells the truth about a call that was under way, and is never called again', async () => {
    const customer = await world.customer();
    const accepting = world.request(customer, 'email');
    const refusing = world.request(customer, 'email');
    for (const [request, answer] of [
      [accepting, (pass: () => Promise<{ providerId: string | null }>) => pass()],
      [refusing, busy],
    ] as const) {
      const email = new Line(providers.email, async (pass) => {
        await world.endRun(request.runId);
        expect(await world.message(request)).toMatchObject({ status: 'unknown' });
        return answer(pass);
      });
      await world.worker({ email })(request);
      await world.worker({ email })(request);
      expect(email.calls).toHaveLength(1);
    }
    expect(await world.message(accepting)).toMatchObject({ status: 'sent', reason: null });
    expect(await world.message(refusing)).toMatchObject({
      status: 'failed',
      reason: 'providerUnavailable',
    });
    expect(await accepted(customer, 'email')).toBe(1);
  });

  it('was either called or suppressed, never both, at whatever moment it is withdrawn', async () => {
    const customer = await world.customer();
    const { collections } = world.mongo;
    const seen = { called: 0, suppressed: 0 };
    for (let round = 0; round < 40; round += 1) {
      const push = new Line(providers.push, busy);
      const request = world.request(customer, 'push');
      // Refused for now: from here the second execution and the withdrawal race.
      await world.worker({ push })(request);
      const withdrawing = new Promise((resolve) => setTimeout(resolve, round % 8)).then(() =>
        withdrawMessages(
          collections,
          { messageIds: [request.messageId] },
          'patienceOver',
          world.now(),
        ),
      );
      const [outcome] = await Promise.all([world.worker({ push })(request), withdrawing]);
      const { status } = await world.message(request);
      const called = push.calls.length === 2;
      expect(called ? 'sent' : 'suppressed').toBe(status);
      expect(outcome.kind).toBe(status);
      await world.worker({ push })(request);
      expect(push.calls).toHaveLength(called ? 2 : 1);
      seen[called ? 'called' : 'suppressed'] += 1;
    }
    expect(seen.called + seen.suppressed).toBe(40);
    expect(await accepted(customer, 'push')).toBe(seen.called);
  });
});
