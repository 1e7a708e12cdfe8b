import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeKairos } from './support/whole-kairos.ts';

const PHONE = '+380671112233';
const LETTER = { sms: { text: 'An offer' } };
const JOURNEY = {
  key: 'offers',
  name: 'Offers',
  entry: { api: true, reentry: 'always' },
  start: 'write',
  steps: {
    write: { send: { template: 'offer', channel: 'sms' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('texts');
  await kairos.call('PUT', '/v1/templates/offer', { key: 'offer', languages: { en: LETTER } });
  await kairos.publish(JOURNEY);
  const traits = { phone: PHONE, language: 'uk' };
  await kairos.track('identify', { userId: 'oksana', traits });
  const consent = { granted: true, source: 'checkout' };
  await kairos.call('PUT', '/v1/profiles/external:oksana/consents/sms', consent);
}, 120_000);
afterAll(() => kairos.stop());

interface Answer {
  id: string;
  status: number;
  reply: string | null;
}

const write = (text: string, more: object = {}): Promise<Answer> =>
  kairos.call('POST', '/sandbox/texts', { from: PHONE, text, ...more });

/** How the next offer to the customer ends. */
async function offered(): Promise<string> {
  const before = (await kairos.messages('profile=external:oksana')).length;
  await kairos.call('POST', '/v1/journeys/offers/runs', { profile: 'external:oksana' });
  return kairos.until('the offer', async () => {
    const messages = await kairos.messages('profile=external:oksana');
    const [latest] = messages;
    if (messages.length === before || latest === undefined) return null;
    if (latest.status === 'suppressed') return latest.reason ?? '';
    return latest.status === 'delivered' ? 'delivered' : null;
  });
}

interface Customer {
  consents: Record<string, { granted: boolean; source: string; text?: string }>;
}

/** What the customer's own record says once the word has come there. */
function consentIs(granted: boolean): Promise<Customer> {
  return kairos.until(`consent ${String(granted)}`, async () => {
    const customer = await kairos.call<Customer>('GET', '/v1/profiles/external:oksana');
    return customer.consents.sms?.granted === granted ? customer : null;
  });
}

describe('an answer by text message', () => {
  it('STOP ends offers at once and is confirmed once, START brings back what it ended', async () => {
    expect(await offered()).toBe('delivered');
    const stopped = await write('Стоп!');
    expect(stopped).toMatchObject({
      status: 200,
      reply: expect.stringContaining('СТАРТ') as unknown,
    });
    const hash = await kairos.mongo.collections.suppressions.findOne({ channel: 'sms' });
    expect(hash).toMatchObject({ reason: 'stopped', scope: 'marketing' });
    expect((await write('stop')).reply).toBeNull();
    const { consents } = await consentIs(false);
    expect(consents.sms).toMatchObject({ granted: false });
    expect(['suppressed', 'noConsent']).toContain(await offered());

    expect((await write('START')).reply).toContain('СТОП');
    await consentIs(true);
    expect(await offered()).toBe('delivered');
    // The same post once more, long after: it said what it said.
    expect((await write('Стоп!', { id: stopped.id })).reply).toBe(stopped.reply);
    expect(await offered()).toBe('delivered');
  });

  it('STOP takes back what was agreed to elsewhere since, and START brings whoever never wrote STOP', async () => {
    const path = '/v1/profiles/external:oksana';
    expect((await write('STOP')).reply).not.toBeNull();
    await consentIs(false);
    const checkout = { granted: true, source: 'checkout' };
    await kairos.call('PUT', `${path}/consents/sms`, checkout);
    expect(await offered()).toBe('delivered');
    const again = await write('STOP');
    expect(again.reply).not.toBeNull();
    const { consents } = await consentIs(false);
    expect(consents.sms).toMatchObject({ source: 'sms', text: 'STOP' });
    expect((await write('STOP', { id: again.id })).reply).toBe(again.reply);
    await write('START');
    await consentIs(true);
    // Refused on the page: the number itself was never left.
    await kairos.call('PUT', `${path}/consents/sms`, { granted: false, source: 'page' });
    expect((await write('START')).reply).not.toBeNull();
    await consentIs(true);
    expect(await offered()).toBe('delivered');
  });

  it('HELP is answered in the language of the customer, and what is no word is left alone', async () => {
    expect((await write('help')).reply).toContain('Пропозиції');
    expect(await write('where is my order?')).toMatchObject({ status: 200, reply: null });
    expect(await kairos.mongo.collections.texts.countDocuments({ keyword: 'help' })).toBe(1);
  });

  it('START lifts nothing that somebody else has found', async () => {
    const from = '+380679998877';
    await kairos.call('POST', '/v1/suppressions', { channel: 'sms', address: from });
    expect((await write('START', { from })).reply).toBeNull();
    expect((await write('STOP', { from })).reply).toContain('START');
    await write('START', { from });
    const lifted = await kairos.call('POST', '/v1/suppressions/lift', {
      channel: 'sms',
      address: from,
    });
    expect(lifted).toMatchObject({ reason: 'manual', scope: 'all' });
  });

  it('is believed only with the signature of the provider', async () => {
    const body = new URLSearchParams({ MessageSid: 'SM1', From: PHONE, Body: 'STOP' });
    const forged = await fetch(`${kairos.url}/v1/webhooks/twilio/texts`, { method: 'POST', body });
    expect(forged.status).toBe(403);
  });
});
