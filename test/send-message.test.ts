import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderError } from '#channels/provider.ts';
import type { SendRequest } from '#activities/send-message.ts';
import type { CarriedChannel } from '#domain/message/message.ts';
import type { JsonObject } from '#domain/json.ts';
import type { Preferences, Profile } from '#domain/profile/profile.ts';
import { createReceiptStore } from '#messages/receipt-store.ts';
import { readLink } from '#platform/signed-link.ts';
import { inTransaction } from '#platform/transaction.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { SendBench } from '#test/support/send-bench.ts';
import { Line, type SendWorld } from '#test/support/send-world.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };

let bench: SendBench;
let world: SendWorld;

beforeAll(async () => {
  bench = await SendBench.start('kairos-send-message');
  world = bench.world;
});

beforeEach(() => {
  world.shiftMs = 0;
});

afterAll(() => bench.close());

const wish = (values: JsonObject): Preferences => ({ values, times: {}, revision: 1, at: 1 });

describe('sending a message', () => {
  it.each<CarriedChannel>(['email', 'sms', 'push'])(
    'sends by %s and keeps its history',
    async (channel) => {
      const customer = await world.customer();
      const request = world.request(customer, channel);
      expect(await world.worker()(request)).toEqual(SENT);
      expect(await world.worker()(request)).toEqual(SENT);
      expect(await bench.accepted(customer, channel)).toBe(1);
      expect(await world.message(request)).toMatchObject({
        status: 'sent',
        reason: null,
        provider: bench.providers[channel].name,
        language: 'en',
        attempts: 1,
        history: [{ status: 'sending' }, { status: 'sent' }],
        profileId: customer.id,
      });
    },
  );

  it('lets marketing mails be left by a signed link without personal data, and receipts not', async () => {
    const customer = await world.customer();
    const email = new Line(bench.providers.email);
    const send = world.worker({ email });
    const request = world.request(customer, 'email');
    await send(request);
    await send(world.request(customer, 'email', { template: 'receipt' }));
    const [link = '', none] = email.calls.map(({ content }) =>
      content.channel === 'email' ? content.unsubscribeUrl : 'no mail',
    );
    expect(link).toMatch(/^https:\/\/kairos\.example\/v1\/unsubscribe\/[\w.-]+$/);
    expect(readLink(['a-secret-of-this-test'], link.split('/').at(-1) ?? '')).toEqual({
      profileId: customer.id,
      channel: 'email',
      messageId: request.messageId,
    });
    expect(none).toBeUndefined();
  });

  it('notes the template’s own reason where it says that this person gets no message', async () => {
    const email = { subject: 'Hi', html: "<p>{% abort 'not for you' %}</p>", text: 'Hi' };
    const template = { key: 'aborting', languages: { en: { email } } };
    await createStoreTemplate(world.mongo)(template, world.now());
    const request = world.request(await world.customer(), 'email', { template: 'aborting' });
    const reason = 'aborted: not for you';
    expect(await world.worker()(request)).toEqual({ kind: 'suppressed', reason });
    expect(await world.message(request)).toMatchObject({ status: 'suppressed', reason });
  });

  it('follows a profile to the one it was merged into', async () => {
    const kept = await world.customer();
    const merged = await world.customer({ mergedInto: kept.id });
    expect(await world.worker()(world.request(merged, 'email'))).toEqual(SENT);
    expect([await bench.accepted(kept, 'email'), await bench.accepted(merged, 'email')]).toEqual([
      1, 0,
    ]);
  });

  it.each([
    ['noConsent', 'sms', { consents: {} }, {}],
    ['noConsent', 'email', { consents: { email: { granted: false, at: 1, source: 't' } } }, {}],
    ['noAddress', 'email', { attributes: {} }, {}],
    ['noAddress', 'sms', { attributes: { phone: '12' } }, {}],
    ['noAddress', 'push', { devices: [] }, {}],
    ['erased', 'email', { erasedAt: 1 }, {}],
    ['preference', 'email', { preferences: wish({ channels: ['sms'] }) }, {}],
    ['holdout', 'email', {}, { gate: { holdoutPercent: 100 } }],
    ['noContent', 'email', {}, { template: 'no-such' }],
    ['patienceOver', 'email', {}, { deadline: 1 }],
  ] as const)('suppresses for %s (%s) and records why', async (reason, channel, profile, asked) => {
    const customer = await world.customer(profile as Partial<Profile>);
    const request = world.request(customer, channel, asked);
    expect(await world.worker()(request)).toEqual({ kind: 'suppressed', reason });
    expect(await world.worker()(request)).toEqual({ kind: 'suppressed', reason });
    expect(await bench.accepted(customer, channel)).toBe(0);
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
    const sms = new Line(bench.providers.sms, refuse);
    const first = world.request(customer, 'sms');
    expect(await world.worker({ sms })(first)).toEqual({ kind: 'failed', reason: 'unreachable' });
    const again = world.request(customer, 'sms');
    expect(await world.worker()(again)).toEqual({ kind: 'suppressed', reason: 'suppressed' });
    expect(await bench.accepted(customer, 'sms')).toBe(0);
  });

  it('tells opting out and our own faults apart', async () => {
    const customer = await world.customer();
    const refusing = (action: 'optedOut' | 'ourFault', code: string) =>
      world.worker({
        sms: new Line(bench.providers.sms, () => Promise.reject(new ProviderError(action, code))),
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

  it('promotes nothing that was bought, nor what the customer got often enough', async () => {
    const customer = await world.customer();
    const since = world.now() - 60_000;
    const orders = () => Promise.resolve([{ products: [{ product_id: 'shoe-1' }] }]);
    const unless = (more: object) =>
      world.worker(
        {},
        { orders },
      )(world.request(customer, 'email', { unless: { since, ...more } }));
    expect(await unless({ bought: 'shoe-2', seen: 2 })).toEqual(SENT);
    expect(await unless({ seen: 2 })).toEqual(SENT);
    expect(await unless({ seen: 2 })).toEqual({ kind: 'suppressed', reason: 'seenEnough' });
    const bought = { kind: 'suppressed', reason: 'alreadyBought' };
    expect(await unless({ bought: 'shoe-1', seen: 9 })).toEqual(bought);
  });

  it('offers nothing more to an address that bounces softly time and again', async () => {
    const customer = await world.customer();
    const { collections, client } = world.mongo;
    const receipts = createReceiptStore(collections);
    for (let bounces = 0; bounces < 3; bounces += 1) {
      const request = world.request(customer, 'email');
      expect(await world.worker()(request)).toEqual(SENT);
      const { messageId } = request;
      const at = world.now();
      const bounce = { eventId: messageId, messageId, status: 'bounced', at } as const;
      for (const suppress of ['softBounce', 'softBounce'] as const) {
        await inTransaction(client, (session) => receipts.apply({ ...bounce, suppress }, session));
      }
    }
    const more = world.request(customer, 'email');
    expect(await world.worker()(more)).toEqual({ kind: 'suppressed', reason: 'suppressed' });
    expect(await world.message(more)).toMatchObject({ details: { scope: 'marketing' } });
    const owed = (): SendRequest => world.request(customer, 'email', { template: 'receipt' });
    const last = owed();
    expect(await world.worker()(last)).toEqual(SENT);
    // That the mailbox is gone keeps everything from it, though it was on the list already.
    const { messageId } = last;
    const gone = { eventId: 'gone', messageId, status: 'bounced', at: world.now() } as const;
    await inTransaction(client, (session) =>
      receipts.apply({ ...gone, suppress: 'hardBounce' }, session),
    );
    expect(await world.worker()(owed())).toEqual({ kind: 'suppressed', reason: 'suppressed' });
  });

  it('comes back when the provider said, else after doubling pauses', async () => {
    const customer = await world.customer();
    await bench.rule(customer, 'email', 'rateLimit');
    const request = world.request(customer, 'email');
    expect(await world.worker()(request)).toMatchObject({ kind: 'later', reason: 'rateLimited' });
    expect(await world.message(request)).toMatchObject({ status: 'deferred' });
    const busy = () => Promise.reject(new ProviderError('retryLater', 'sendgrid-503'));
    const email = new Line(bench.providers.email, busy, busy);
    const pauses: number[] = [];
    for (let number = 0; number < 2; number += 1) {
      const before = world.now();
      const outcome = await world.worker({ email })(request);
      expect(outcome).toMatchObject({ kind: 'later', reason: 'providerUnavailable' });
      pauses.push(outcome.kind === 'later' ? Math.round((outcome.retryAt - before) / 1_000) : 0);
    }
    expect(pauses).toEqual([2, 4]);
    await bench.rule(customer, 'email');
    expect(await world.worker({ email })(request)).toEqual(SENT);
    expect(await world.message(request)).toMatchObject({ status: 'sent', attempts: 4 });
    expect(await bench.accepted(customer, 'email')).toBe(1);
  });

  it.each([
    ['rateLimited', '429'],
    ['providerUnavailable', '503'],
  ])(
    'keeps to the Retry-After of a provider, however soon it would come back (%s)',
    async (reason, status) => {
      const busy = () =>
        Promise.reject(new ProviderError('retryLater', `sendgrid-${status}`, 7_000));
      const email = new Line(bench.providers.email, busy);
      const request = world.request(await world.customer(), 'email');
      const before = world.now();
      const outcome = await world.worker({ email })(request);
      const after = world.now();
      expect(outcome).toMatchObject({ kind: 'later', reason });
      const retryAt = outcome.kind === 'later' ? outcome.retryAt : NaN;
      expect(retryAt).toBeGreaterThanOrEqual(before + 7_000);
      expect(retryAt).toBeLessThanOrEqual(after + 7_000);
    },
  );
});
