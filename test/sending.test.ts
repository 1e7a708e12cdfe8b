import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { campaignDesk } from './support/campaign-desk.ts';
import { freePort } from './support/sandbox-process.ts';
import { segmentDesk } from './support/segment-desk.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const METRICS_KEY = 'metrics-key-of-sending';
/** Calls a second to the provider of texts: two for most, and one in two for what somebody is owed. */
const TEXTS_A_SECOND = 2.5;
const GMAIL = 30;
const OTHERS = 10;
const CROWD = 50;
const TRIGGERED = 40;

let kairos: WholeKairos;
let workerUrl: string;
const desk = campaignDesk(() => kairos);
const { define, live } = segmentDesk(() => kairos);

const phoneOf = (n: number): string => `+120255501${String(n).padStart(2, '0')}`;
const gmailOf = (n: number): string => `reader-${String(n)}@${n % 2 ? 'gmail' : 'googlemail'}.com`;
const otherOf = (n: number): string => `reader-${String(n)}@shop.example`;
const count = (length: number): number[] => Array.from({ length }, (_, n) => n);

beforeAll(async () => {
  const workerPort = await freePort();
  workerUrl = `http://127.0.0.1:${String(workerPort)}`;
  kairos = await WholeKairos.start('sending', {
    env: {
      KAIROS_METRICS_KEY: METRICS_KEY,
      KAIROS_WORKER_METRICS: `127.0.0.1:${String(workerPort)}`,
      KAIROS_PROVIDER_RATES: `twilio=${String(TEXTS_A_SECOND)}`,
    },
  });
  await template('news', {});
  await template('reset', { kind: 'transactional' });
  await identify([...count(GMAIL).map(gmailOf), ...count(OTHERS).map(otherOf)], 'email');
  await identify(count(100).map(phoneOf), 'phone');
  await segment('readers', GMAIL + OTHERS);
  await segment('crowd', CROWD);
  for (const [key, event, name] of [
    ['offered', 'Offered', 'news'],
    ['forgotten', 'Forgot Password', 'reset'],
  ] as const) {
    await kairos.publish({
      ...{ key, name: key, entry: { event }, start: 'tell' },
      steps: {
        tell: { send: { template: name, channel: 'sms' }, next: 'leave' },
        leave: { end: 'done' },
      },
    });
  }
}, 180_000);

afterAll(() => kairos.stop());

async function template(key: string, more: object): Promise<void> {
  const email = { subject: key, html: '<p><a href="{{ links.unsubscribe }}">Leave</a></p>' };
  const content = { email, sms: { text: key } };
  await kairos.call('PUT', `/v1/templates/${key}`, { key, languages: { en: content }, ...more });
}

async function identify(addresses: readonly string[], trait: 'email' | 'phone'): Promise<void> {
  const calls = addresses.map((address, n) => ({
    type: 'identify',
    userId: address,
    traits: {
      [trait]: address,
      group: trait === 'email' ? 'readers' : n < CROWD ? 'crowd' : 'one by one',
    },
    context: { consent: { categoryPreferences: { sms: true } } },
  }));
  await kairos.track('batch', { batch: calls });
}

async function segment(key: string, wanted: number): Promise<void> {
  await define(key, { condition: { attribute: 'group', is: key } });
  await live(key);
  await kairos.until(`all in ${key}`, async () => {
    const { size } = await kairos.call<{ size: number }>('GET', `/v1/segments/${key}`);
    return size === wanted ? true : null;
  });
}

async function textedAt(phone: string): Promise<number> {
  return kairos.until(`a text to ${phone}`, async () => {
    const [text] = await kairos.inbox(phone);
    return text === undefined ? null : Date.parse(text.at);
  });
}

/** How many of these had their text before an instant. */
async function textedBefore(phones: readonly string[], at: number): Promise<number> {
  const inboxes = await Promise.all(phones.map((phone) => kairos.inbox(phone)));
  return inboxes.filter(([text]) => text !== undefined && Date.parse(text.at) < at).length;
}

describe('settings of sending', () => {
  const path = '/v1/settings/sending';

  it('are refused with every fault and its place, and are as they were', async () => {
    const wrong = {
      warmUp: [{ provider: 'twilio', startsOn: 'soon', perDay: [10] }],
      domains: { 'Gmail.com': { perMinute: 0 } },
    };
    await expect(kairos.call('PUT', path, wrong)).rejects.toThrow(
      /(?=.*#\/warmUp\/0\/startsOn)(?=.*#\/domains\/Gmail\.com)/s,
    );
    const texts = { warmUp: [{ provider: 'twilio', startsOn: '2026-11-30', perDay: [10] }] };
    await expect(kairos.call('PUT', path, texts)).rejects.toThrow(/sendgrid or smtp/);
    expect(await kairos.call('GET', path)).toEqual({
      ...{ warmUp: [], domains: {}, revision: 0, updatedAt: null },
      use: { warmUp: [], domains: [] },
    });
  });
});

describe('a campaign whose recipients share a mailbox provider', () => {
  it('sends as its rate lets it, to all others at once, and counts up to its audience', async () => {
    await kairos.call('PUT', '/v1/settings/sending', {
      domains: { 'gmail.com': { perMinute: 25 }, '*': { perHour: 100_000 } },
    });
    await desk.begin('news', { segment: 'readers', template: 'news', channel: 'email' });
    // What is bulk has four fifths of the rate, within any minute.
    const atOnce = await desk.until('the first', 'news', ({ progress }) => progress.ended === 30);
    expect(atOnce.counts.pending).toBe(10);
    const [one] = await kairos.messages('status=deferred');
    expect(one).toMatchObject({ reason: 'throttled', provider: null });
    expect(await kairos.call('GET', '/v1/settings/sending')).toMatchObject({
      revision: 1,
      use: {
        domains: [
          { domain: 'gmail.com', minute: 20, hour: null, today: 20 },
          { domain: '*', minute: null, hour: OTHERS, today: OTHERS },
        ],
      },
    });
    const done = await desk.done('news');
    expect(done.counts).toMatchObject({ pending: 0, failed: 0, suppressed: 0, stopped: 0 });
    const mails = (await desk.mails('news')).map(({ to }) => to).sort();
    expect(mails).toEqual([...count(GMAIL).map(gmailOf), ...count(OTHERS).map(otherOf)].sort());
    const headers = { authorization: `Bearer ${METRICS_KEY}` };
    const figures = await (await fetch(`${workerUrl}/metrics`, { headers })).text();
    const gmail = 'kairos_mail_pace_total{line="gmail.com",answer=';
    expect(figures).toContain(`${gmail}"goes"} ${String(GMAIL)}`);
    expect(figures).toContain(`${gmail}"waits"}`);
    expect(figures).not.toContain('shop.example');
    await kairos.call('PUT', '/v1/settings/sending', {});
  }, 150_000);
});

describe('a provider whose rate is set', () => {
  it('sends what somebody brought about past a campaign, and what they are owed past both', async () => {
    const crowd = count(CROWD).map(phoneOf);
    await desk.begin('texts', { segment: 'crowd', template: 'news', channel: 'sms' });
    await desk.until('begun', 'texts', ({ progress }) => progress.ended > 3);
    const people = count(TRIGGERED).map((n) => phoneOf(CROWD + n));
    const before = await textedBefore(crowd, Infinity);
    await Promise.all(
      people.map((userId) => kairos.track('track', { userId, event: 'Offered', properties: {} })),
    );
    const forgetful = phoneOf(99);
    const event = { userId: forgetful, event: 'Forgot Password', properties: {} };
    await kairos.track('track', event);
    const owedAt = await textedAt(forgetful);
    expect(await textedBefore(people, owedAt)).toBeLessThan(TRIGGERED / 2);
    const times = await Promise.all(people.map(textedAt));
    // The campaign was not over when the last of them had theirs, though all of it came before.
    const meanwhile = (await textedBefore(crowd, Math.max(...times))) - before;
    expect(meanwhile).toBeLessThan(CROWD / 2);
    const done = await desk.done('texts');
    expect(done.counts).toMatchObject({ pending: 0, failed: 0, suppressed: 0 });
  }, 150_000);
});
