import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeKairos } from './support/whole-kairos.ts';

const EMAIL = 'greta@shop.example';
const PATH = '/v1/profiles/external:greta';
const SAID = { granted: true, source: 'footer', text: 'Yes, send me news', textVersion: '2026-03' };

/** Sends the link as soon as somebody asks for mails. */
const CONFIRM = {
  key: 'confirm',
  name: 'Confirm',
  entry: {
    event: 'Consent Requested',
    where: { 'properties.channel': { is: 'email' } },
    reentry: 'always',
  },
  start: 'ask',
  steps: {
    ask: { send: { template: 'confirm', channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};
const NEWS = {
  key: 'news',
  name: 'News',
  entry: { api: true, reentry: 'always' },
  start: 'write',
  steps: {
    write: { send: { template: 'news', channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('double-opt-in');
  const mail = (html: string): object => ({ en: { email: { subject: 'Hello', html } } });
  const link = '<a class="c" href="{{ links.confirm }}">Yes, it was me</a>';
  const confirm = { key: 'confirm', kind: 'transactional', languages: mail(link) };
  await kairos.call('PUT', '/v1/templates/confirm', confirm);
  await kairos.call('PUT', '/v1/templates/news', { key: 'news', languages: mail('<p>News</p>') });
  await kairos.publish(CONFIRM);
  await kairos.publish(NEWS);
  await kairos.call('PUT', '/v1/settings/gate', { doubleOptIn: ['email'] });
  await kairos.track('identify', { userId: 'greta', traits: { email: EMAIL } });
}, 120_000);
afterAll(() => kairos.stop());

interface Customer {
  consents: Record<string, Record<string, unknown>>;
}

async function consent(): Promise<Record<string, unknown> | undefined> {
  return (await kairos.call<Customer>('GET', PATH)).consents.email;
}

/** How the next news to the customer end. */
async function news(): Promise<string> {
  const of = async (): Promise<{ status: string; reason: string | null }[]> =>
    (await kairos.messages('journey=news')).filter(({ status }) => status !== 'sending');
  const before = (await of()).length;
  await kairos.call('POST', '/v1/journeys/news/runs', { profile: 'external:greta' });
  return kairos.until('the news', async () => {
    const messages = await of();
    const [latest] = messages;
    return messages.length > before ? (latest?.reason ?? latest?.status ?? '') : null;
  });
}

describe('a consent in a channel with double opt-in', () => {
  it('waits for the link to be followed, and marketing with it; the proof holds both instants', async () => {
    const asked = await kairos.call('PUT', `${PATH}/consents/email`, SAID);
    expect(asked).toMatchObject({ granted: false, pending: true });
    expect(await news()).toBe('noConsent');
    const mail = await kairos.until('the mail', async () => (await kairos.inbox(EMAIL))[0] ?? null);
    const [, link = ''] =
      /class=\\?"c\\?" href=\\?"([^"\\]+)/.exec(JSON.stringify(mail.payload)) ?? [];
    // Scanners open every link.
    expect(await (await fetch(link)).text()).toContain('Yes, I do');
    expect(await consent()).toMatchObject({ pending: true });

    const done = await fetch(link, { method: 'POST' });
    expect(await done.text()).toContain('You are signed up');
    const given = await consent();
    expect(given).toMatchObject({ ...SAID, requestedAt: asked.at });
    expect(given?.pending).toBeUndefined();
    expect(String(given?.at) > String(given?.requestedAt)).toBe(true);
    expect(await news()).toBe('sent');
    // Once more it is the same word, and not a later one.
    await fetch(link, { method: 'POST' });
    expect(await consent()).toEqual(given);
    expect((await fetch(`${link}x`, { method: 'POST' })).status).toBe(404);
  });

  it('is not given by what a site puts on every call', async () => {
    const context = { consent: { categoryPreferences: { email: true } } };
    const traits = { email: 'hugo@shop.example' };
    await kairos.track('identify', { userId: 'hugo', traits, context });
    await kairos.call('POST', '/v1/journeys/news/runs', { profile: 'external:hugo' });
    const [message] = await kairos.until('the message', async () => {
      const found = await kairos.messages('profile=external:hugo');
      return found.length > 0 ? found : null;
    });
    expect(message).toMatchObject({ status: 'suppressed', reason: 'noConsent' });
  });
});
