import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendsOf } from '#sends/send-document.ts';
import { messageDesk } from './support/message-desk.ts';
import { pass, ShopCustomer } from './support/shop-customer.ts';
import { WholeKairos } from './support/whole-kairos.ts';

/** Text messages a second: so slow that they wait for one another. */
const TEXTS_A_SECOND = 2;
const RECEIPT_WAIT_S = '8';

let kairos: WholeKairos;
const desk = messageDesk(() => kairos);
const { send, ended } = desk;

beforeAll(async () => {
  kairos = await WholeKairos.start('api-sends', {
    env: {
      KAIROS_PROVIDER_RATES: `twilio=${String(TEXTS_A_SECOND)}`,
      KAIROS_RECEIPT_WAIT_S: RECEIPT_WAIT_S,
    },
  });
  await template('receipt', 'transactional');
  await template('offer', 'marketing');
}, 120_000);

afterAll(() => kairos.stop());

async function template(key: string, kind: string): Promise<void> {
  const said = `${key} {{ entry.properties.number }} for {{ profile.first_name }}`;
  const content = {
    email: { subject: said, html: '<p><a href="{{ links.unsubscribe }}">Leave</a></p>' },
    push: { title: key, body: said },
    sms: { text: said },
  };
  await kairos.call('PUT', `/v1/templates/${key}`, { key, kind, languages: { en: content } });
}

/** Somebody with a name, an address for mail, and a phone that texts may go to. */
function join(has: ('email' | 'sms' | 'push')[] = ['email']): Promise<ShopCustomer> {
  const context = { consent: { categoryPreferences: { sms: true } } };
  return ShopCustomer.join(kairos, { has, traits: { first_name: 'Ada' }, context });
}

const BY_CASCADE = { template: 'receipt', data: { number: 'N-1001' } };
const RECEIPT = { ...BY_CASCADE, channel: 'email' };

describe('a message that is asked for by itself', () => {
  it('reaches the person as the shop told of them a moment before, with its data', async () => {
    // Nobody waits until she is known: who asks means the customer as told.
    const ada = await join();
    const { id, status, location } = await send({ to: ada.identity, ...RECEIPT });
    expect([status, location]).toEqual(['pending', `/v1/messages/${id}`]);
    const told = await ended(id, 'delivered');
    expect(told).toMatchObject({
      ...{ template: 'receipt', channel: 'email', reason: null, nextAt: null },
      messages: [{ runId: id, journey: 'api:messages', status: 'delivered', attempts: 1 }],
    });
    const [mail, ...others] = await ada.inbox();
    expect(JSON.stringify(mail?.payload)).toContain('receipt N-1001 for Ada');
    expect(others).toEqual([]);
    // What it showed may be a secret, and is needed no more.
    expect(await sendsOf(kairos.mongo.db).findOne({ _id: id })).not.toHaveProperty('data');
  });

  it('stands in what support is told of the person', async () => {
    const ada = await join();
    const { id } = await send({ to: ada.identity, ...RECEIPT });
    await ended(id, 'delivered');
    const support = await kairos.call('GET', `/v1/support/${ada.identity}`);
    expect(support).toMatchObject({ runs: [], otherMessages: [{ runId: id, channel: 'email' }] });
    expect(await ada.told()).toEqual(['email delivered']);
  });

  it('goes out once, however often it is asked for under one key', async () => {
    const ada = await join();
    const ask = { to: ada.identity, ...RECEIPT };
    const one = await send(ask, 'order-1001');
    expect(await send(ask, 'order-1001')).toEqual({ ...one, isReplayed: true });
    await expect(send({ ...ask, data: { number: 'N-2' } }, 'order-1001')).rejects.toThrow('422');
    await ended(one.id, 'delivered');
    // The API was killed between the write and the answer: nothing waits for that call to end.
    const cutOff = { reply: null, pendingUntil: Date.now() + 60_000 };
    await kairos.mongo.db.collection('idempotency').updateMany({}, { $set: cutOff });
    expect(await send(ask, 'order-1001')).toEqual({ ...one, isReplayed: true });
    const twice = [await send(ask), await send(ask)];
    expect(new Set([one, ...twice].map(({ id }) => id)).size).toBe(3);
    for (const { id } of twice) await ended(id, 'delivered');
    expect(await ada.inbox()).toHaveLength(3);
  });
});

it('a repeat is the same message, though nobody could ask for it any more', async () => {
  const ada = await join();
  const version = (languages: object): Promise<unknown> =>
    kairos.call('PUT', '/v1/templates/renewed', {
      key: 'renewed',
      kind: 'transactional',
      languages,
    });
  await version({ en: { email: { subject: 'Hi', html: '<p>Hi</p>' } } });
  const ask = { to: ada.identity, template: 'renewed', channel: 'email' };
  const one = await send(ask, 'renewed-1');
  await ended(one.id, 'delivered');
  await version({ en: { sms: { text: 'Hi' } } });
  expect(await send(ask, 'renewed-1')).toEqual({ ...one, isReplayed: true });
  await expect(send(ask, 'renewed-2')).rejects.toThrow(/422.*email/);
  // What is kept of the request tells nobody a code that stood in it.
  const stored = await sendsOf(kairos.mongo.db).findOne({ _id: one.id });
  const hash = createHash('sha256').update('POST /v1/messages\n').update(JSON.stringify(ask));
  expect(stored?.request).toMatch(/^[0-9a-f]{64}$/);
  expect(stored?.request).not.toBe(hash.digest('hex'));
});

describe('a cascade that is asked for by itself', () => {
  it('goes on to the next channel where the first refuses, and is told as a whole', async () => {
    const ada = await join(['push', 'email']);
    await kairos.rules({ channel: 'push', to: ada.addresses.push, outcome: 'reject' });
    const cascade = [{ channel: 'push', patience: 'PT10M' }, { channel: 'email' }];
    const { id } = await send({ to: ada.identity, ...BY_CASCADE, cascade });
    const told = await ended(id, 'delivered');
    expect(told.messages.map(({ channel, status }) => [channel, status])).toEqual([
      ['push', 'failed'],
      ['email', 'delivered'],
    ]);
    expect(await ada.reachedOn()).toEqual(['email']);
  });

  it('goes on with the person that hers was merged into', async () => {
    const [ada, kept] = [await join(['push']), await join(['email'])];
    await kairos.rules({ channel: 'push', to: ada.addresses.push, outcome: 'silent' });
    const cascade = [{ channel: 'push', patience: 'PT4S' }, { channel: 'email' }];
    const { id } = await send({ to: ada.identity, ...BY_CASCADE, cascade });
    await kairos.until('the push', async () => ((await ada.inbox()).length > 0 ? true : null));
    await kairos.call('POST', '/v1/merges', { keep: kept.identity, merge: ada.identity });
    await ended(id, 'delivered');
    expect(await kept.reachedOn()).toEqual(['email']);
  });
});

describe('the gate', () => {
  it('keeps back what was refused and says why; a receipt passes', async () => {
    const ada = await join();
    await ada.profileId();
    const refusal = { granted: false, source: 'test' };
    await kairos.call('PUT', `/v1/profiles/${ada.identity}/consents/email`, refusal);
    const offer = await send({ to: ada.identity, ...RECEIPT, template: 'offer' });
    expect(await ended(offer.id, 'suppressed')).toMatchObject({
      reason: 'noConsent',
      reasonWords: 'the customer has not consented to this channel, or has withdrawn',
    });
    const receipt = await send({ to: ada.identity, ...RECEIPT });
    await ended(receipt.id, 'delivered');
    expect(await ada.inbox()).toHaveLength(1);
  });

  it('holds marketing over quiet hours, and no receipt', async () => {
    const ada = await join();
    const clock = (ms: number): string => new Date(Date.now() + ms).toISOString().slice(11, 16);
    const quietHours = { from: clock(-3_600_000), to: clock(3_600_000) };
    await kairos.call('PUT', '/v1/settings/gate', { quietHours });
    const offer = await send({ to: ada.identity, ...RECEIPT, template: 'offer' });
    const receipt = await send({ to: ada.identity, ...RECEIPT });
    await ended(receipt.id, 'delivered');
    const held = await kairos.until('the offer to be held', async () => {
      const now = await desk.read(offer.id);
      return now.messages.length > 0 ? now : null;
    });
    expect(held).toMatchObject({ status: 'pending', reason: 'quietHours', endedAt: null });
    expect(held.messages).toMatchObject([{ status: 'deferred', heldUntil: held.nextAt }]);
    await kairos.call('PUT', '/v1/settings/gate', {});
    expect(await ada.inbox()).toHaveLength(1);
  });
});

describe('receipts in the queue of a slow provider', () => {
  it('go before the offers that wait there', async () => {
    const [offers, receipts] = [36, 4];
    const [ada, bea] = [await join(['sms']), await join(['sms'])];
    await Promise.all([ada.profileId(), bea.profileId()]);
    const ask = (to: string, name: string, count: number): Promise<{ id: string }[]> => {
      const wanted = { to, channel: 'sms', template: name, data: { number: 1 } };
      return Promise.all(Array.from({ length: count }, () => send(wanted)));
    };
    const waiting = await ask(bea.identity, 'offer', offers);
    await kairos.until('offers on their way', async () =>
      (await bea.inbox()).length > 1 ? true : null,
    );
    const urgent = await ask(ada.identity, 'receipt', receipts);
    for (const { id } of [...waiting, ...urgent]) await ended(id, 'delivered');
    const [texts, told] = [await bea.inbox(), await ada.inbox()];
    expect([texts.length, told.length]).toEqual([offers, receipts]);
    const first = told.map(({ at }) => at).sort()[0] ?? '';
    // Behind all that waited it would have come among the last.
    expect(texts.filter(({ at }) => at > first).length).toBeGreaterThan(offers / 3);
  }, 120_000);
});

describe('a process that is killed', () => {
  it('sends what was answered once, when the worker dies in the middle of the call', async () => {
    const ada = await join();
    await ada.profileId();
    await kairos.rules({ channel: 'email', outcome: 'slow', afterMs: 3_000 });
    const sent = await Promise.all(
      [1, 2, 3].map((number) => send({ to: ada.identity, ...RECEIPT, data: { number } })),
    );
    await kairos.until('a call under way', () =>
      kairos.mongo.collections.messages.findOne({ runId: sent[0]?.id ?? '', status: 'sending' }),
    );
    await kairos.kill('worker');
    const late = await send({ to: ada.identity, ...RECEIPT, data: { number: 4 } });
    await kairos.rules();
    kairos.run('worker');
    for (const { id } of [...sent, late]) await ended(id, 'delivered', 100_000);
    await pass(1_000);
    expect(await ada.inbox()).toHaveLength(4);
  }, 180_000);

  it('sends what the API could tell nobody of before it died', async () => {
    const ada = await join();
    await ada.profileId();
    await kairos.kill('api');
    kairos.run('api', { TEMPORAL_ADDRESS: '127.0.0.1:9' });
    await kairos.until('the API', async () => fetch(`${kairos.url}/healthz`).catch(() => null));
    const { id, status } = await send({ to: ada.identity, ...RECEIPT });
    expect(status).toBe('pending');
    await kairos.kill('api');
    kairos.run('api');
    await kairos.ready();
    await ended(id, 'delivered');
    expect(await ada.inbox()).toHaveLength(1);
  }, 120_000);
});

describe('what cannot be sent', () => {
  const ask = { to: 'external:refused', ...RECEIPT };
  const { channel: _, ...nowhere } = ask;

  beforeAll(async () => {
    await kairos.track('identify', { userId: 'refused', traits: { email: 'r@shop.example' } });
    const sms = { key: 'only-text', languages: { en: { sms: { text: 'Hello' } } } };
    await kairos.call('PUT', '/v1/templates/only-text', sms);
    await kairos.call('PUT', '/v1/templates/unpublished/draft', { ...sms, key: 'unpublished' });
  });

  it.each([
    ['to somebody unknown', { ...ask, to: 'external:nobody' }, /404.*No profile has this identity/],
    ['to an address that is none', { ...ask, to: '' }, /422.*#\/to/],
    ['by a template that is not there', { ...ask, template: 'none' }, /422.*#\/template.*PUT/],
    ['by a draft', { ...ask, template: 'unpublished' }, /422.*#\/template.*publish/],
    ['in a channel without content', { ...ask, template: 'only-text' }, /422.*#\/channel.*email/],
    [
      'by a cascade of which one channel has no content',
      { ...nowhere, template: 'only-text', cascade: [{ channel: 'sms' }, { channel: 'push' }] },
      /422.*#\/cascade\/1\/channel.*push/,
    ],
    ['nowhere', nowhere, /422.*#\/channel.*cascade/],
    ['both ways', { ...ask, cascade: [{ channel: 'sms' }] }, /422.*#\/channel/],
    ['until, without a cascade', { ...ask, until: 'opened' }, /422.*#\/until/],
    ['with data that is a list', { ...ask, data: [1] }, /422.*#\/data/],
    ['with a $ in its data', { ...ask, data: { $where: '1' } }, /422.*#\/data/],
    ['with 40 KB of data', { ...ask, data: { text: 'x'.repeat(40_000) } }, /422.*#\/data.*32768/],
    ['with a slip of the pen', { ...ask, chanel: 'email' }, /422.*#\/chanel.*channel/],
  ])('%s is refused, and says why', async (_name, body, why) => {
    const before = await sendsOf(kairos.mongo.db).countDocuments();
    await expect(send(body)).rejects.toThrow(why);
    expect(await sendsOf(kairos.mongo.db).countDocuments()).toBe(before);
  });

  it('is not found by an id of something else', async () => {
    await expect(desk.read('send-unknown')).rejects.toThrow(/404.*POST \/v1\/messages/);
  });
});
