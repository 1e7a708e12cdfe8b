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
  it('is warned of where no journey would ask for it to be confirmed', async () => {
    const put = (...doubleOptIn: string[]): Promise<{ warnings: { pointer: string }[] }> =>
      kairos.call('PUT', '/v1/settings/gate', { doubleOptIn });
    const { warnings } = await put('email', 'sms');
    expect(warnings.map(({ pointer }) => pointer)).toEqual(['#/doubleOptIn/1']);
    await kairos.call('POST', '/v1/journeys/confirm/pause');
    expect((await put('email')).warnings).toHaveLength(1);
    await kairos.call('POST', '/v1/journeys/confirm/resume');
    expect((await put('email')).warnings).toEqual([]);
  });

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
    const again = await fetch(link, { method: 'POST' });
    expect(await again.text()).toContain('You are signed up already');
    expect(await consent()).toEqual(given);
    expect((await fetch(`${link}x`, { method: 'POST' })).status).toBe(404);
  });

  it('is confirmed by the link of its own message alone: of none before it, and to no other mailbox', async () => {
    const linkAfter = (seen: string): Promise<string> =>
      kairos.until('the link', async () => {
        const mails = await kairos.inbox('ivan@old.example');
        const links = mails.map(
          ({ payload }) =>
            /class=\\?"c\\?" href=\\?"([^"\\]+)/.exec(JSON.stringify(payload))?.[1] ?? '',
        );
        return links.find((link) => link !== seen) ?? null;
      });
    const path = '/v1/profiles/external:ivan';
    const pending = async (): Promise<unknown> =>
      (await kairos.call<Customer>('GET', path)).consents.email?.pending;
    const follow = async (link: string): Promise<string> =>
      (await fetch(link, { method: 'POST' })).text();
    await kairos.track('identify', { userId: 'ivan', traits: { email: 'ivan@old.example' } });
    await kairos.call('PUT', `${path}/consents/email`, SAID);
    const first = await linkAfter('');
    // The wish was taken back and said again; the link of the first one is a day old.
    await kairos.call('PUT', `${path}/consents/email`, { granted: false, source: 'support' });
    await kairos.mongo.collections.messages.updateMany(
      { journey: 'confirm' },
      { $inc: { createdAt: -86_400_000, calledAt: -86_400_000 } },
    );
    expect(await follow(first)).toContain('Nothing waits for this link');
    await kairos.call('PUT', `${path}/consents/email`, SAID);
    expect(await follow(first)).toContain('Nothing waits for this link');
    expect(await pending()).toBe(true);
    const second = await linkAfter(first);
    await kairos.track('identify', { userId: 'ivan', traits: { email: 'ivan@new.example' } });
    await kairos.until('the new address', async () => {
      const { attributes } = await kairos.call<{ attributes: { email: string } }>('GET', path);
      return attributes.email === 'ivan@new.example' ? true : null;
    });
    expect(await follow(second)).toContain('Nothing waits for this link');
    expect(await pending()).toBe(true);
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
