import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { WholeKairos } from './support/whole-kairos.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

const LETTER = {
  subject: 'Hello',
  html: '<p>News. <a href="{{ links.unsubscribe }}">Leave</a> <a class="p" href="{{ links.preferences }}">Choose</a></p>',
};
const JOURNEY = {
  key: 'letters',
  name: 'Letters',
  entry: { api: true, reentry: 'always' },
  start: 'write',
  steps: {
    write: { send: { template: 'letter', channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

let kairos: WholeKairos;
let browser: Browser;
beforeAll(async () => {
  [kairos, browser] = await Promise.all([
    WholeKairos.start('preference-page'),
    chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    }),
  ]);
  const template = (key: string, topic: string): object => ({
    ...{ key, kind: 'marketing', topic },
    languages: { en: { email: LETTER } },
  });
  await kairos.call('PUT', '/v1/templates/letter', template('letter', 'offers'));
  await kairos.call('PUT', '/v1/templates/tidings', template('tidings', 'shop-news'));
  await kairos.publish(JOURNEY);
  const topicNames = { offers: { en: 'Offers', ar: 'العروض' } };
  await kairos.call('PUT', '/v1/settings/gate', { topicNames });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await kairos.stop();
});

interface Customer {
  consents: Record<
    string,
    { granted: boolean; source: string; text?: string; textVersion?: string }
  >;
  preferences: Record<string, unknown>;
}

/** Somebody who was sent a mail; answers the address of the page behind its link. */
async function reader(userId: string, language: string): Promise<string> {
  const email = `${userId}@shop.example`;
  const phone = '+380501234567';
  await kairos.track('identify', { userId, traits: { email, phone, language } });
  await kairos.call('POST', '/v1/journeys/letters/runs', { profile: `external:${userId}` });
  const mail = await kairos.until('the mail', async () => (await kairos.inbox(email))[0] ?? null);
  const [, link = ''] =
    /class=\\?"p\\?" href=\\?"([^"\\]+)/.exec(JSON.stringify(mail.payload)) ?? [];
  expect(link).toMatch(/\/v1\/preferences\/[\w.-]+$/);
  return link;
}

const post = (link: string, fields: [string, string][]): Promise<Response> =>
  fetch(link, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

function customer(userId: string): Promise<Customer> {
  return kairos.call('GET', `/v1/profiles/external:${userId}`) as unknown as Promise<Customer>;
}

describe('the page behind the link of a marketing mail', () => {
  it('shows what is chosen and saves a choice as consents and wishes with proof, without any script', async () => {
    const link = await reader('anna', 'en');
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(link);
    const email = page.getByLabel('E-mail');
    const sms = page.getByLabel('Text message (SMS)');
    expect([await email.isChecked(), await sms.isChecked()]).toEqual([true, false]);
    await page.getByLabel('Shop news').uncheck();
    await sms.check();
    await page.getByLabel('Messages a week, at most').selectOption('2');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('status').textContent()).toBe('Saved. It counts from now on.');
    expect([await email.isChecked(), await sms.isChecked()]).toEqual([true, true]);
    // That it was ticked already is no consent of hers.
    const { consents, preferences } = await customer('anna');
    expect(consents).toEqual({ sms: expect.objectContaining({ granted: true }) as unknown });
    expect(consents.sms).toMatchObject({
      source: 'preference-centre',
      text: 'Where we may send you offers and news: Text message (SMS)',
      textVersion: 'preference-centre/1 en',
    });
    expect(preferences).toEqual({ topics: { offers: true, 'shop-news': false }, maxPerWeek: 2 });
    const moved = await kairos.mongo.collections.events.findOne({ name: 'Preferences Changed' });
    expect(moved?.properties).toEqual({
      set: preferences,
      source: 'preference-centre',
      text: 'What you want to hear about: Shop news; Messages a week, at most: 2',
      textVersion: 'preference-centre/1 en',
    });
    await page.getByRole('button', { name: 'Stop all offers and news' }).click();
    expect([await email.isChecked(), await sms.isChecked()]).toEqual([false, false]);
    await context.close();
    const stopped = (await customer('anna')).consents;
    // Viber was silent, and the shop's own pages have no box.
    for (const channel of ['email', 'sms', 'viber', 'in-app', 'inbox', 'widget']) {
      expect(stopped[channel]).toMatchObject({
        source: 'preference-centre',
        granted: false,
        text: 'Stop all offers and news',
      });
    }
    await kairos.call('POST', '/v1/journeys/letters/runs', { profile: 'external:anna' });
    await kairos.until('the next mail', async () => {
      const [latest] = await kairos.messages('profile=external:anna');
      return latest?.reason === 'noConsent' ? true : null;
    });
  });

  it('is in the language of its reader, to be read from the right where that is so', async () => {
    const link = await reader('laila', 'ar-EG');
    const answer = await fetch(link, { headers: { 'accept-language': 'de' } });
    const html = await answer.text();
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).toContain('<bdi>العروض</bdi>');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|style=|\son\w+=/);
    // Nobody learns an address from it who was only forwarded the mail.
    expect(html + link).not.toMatch(/laila|shop\.example|380501234567/);
  });

  it('can be used with the keyboard alone, in the order in which it is read', async () => {
    const link = await reader('kurt', 'de');
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(link);
    const reached: string[] = [];
    for (let turn = 0; turn < 7; turn += 1) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      const name = await focused.getAttribute('name');
      reached.push(`${name ?? 'save'}:${(await focused.getAttribute('value')) ?? ''}`);
    }
    expect(reached).toEqual([
      ...['channel:email', 'channel:sms', 'channel:viber', 'topic:offers', 'topic:shop-news'],
      ...['per-week:', 'save:'],
    ]);
    await page.keyboard.press('Enter');
    expect(await page.getByRole('status').textContent()).toBe('Gespeichert. Es gilt ab jetzt.');
    await context.close();
  });

  it('changes nothing by being opened, by a form of nowhere, or by a link that is not ours', async () => {
    const link = await reader('zoe', 'en');
    await fetch(link);
    const forged = await post(link, [
      ['form', 'forged'],
      ['shown', 'email'],
      ['ticked', 'email'],
    ]);
    expect(forged.status).toBe(409);
    expect((await post(`${link}x`, [['stop', '1']])).status).toBe(404);
    const { consents, preferences } = await customer('zoe');
    expect([consents, preferences]).toEqual([{}, {}]);
  });
});
