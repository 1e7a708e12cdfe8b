import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { OpenIdProvider } from './support/open-id-provider.ts';
import { BROWSER_KEY, SiteBrowser } from './support/site-browser.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const CLIENT_ID = 'the-shop';
const PERSON = {
  email: 'olha.signs@shop.example',
  email_verified: true,
  given_name: 'Olha',
  family_name: 'Bondar',
  birthdate: '1990-05-17',
  locale: 'uk',
};

let provider: OpenIdProvider;
let kairos: WholeKairos;
beforeAll(async () => {
  provider = await OpenIdProvider.start();
  kairos = await WholeKairos.start('sign-up', {
    env: {
      KAIROS_BROWSER_KEY: BROWSER_KEY,
      KAIROS_OPENID: `social=${provider.url} ${CLIENT_ID}`,
    },
  });
}, 180_000);
afterAll(async () => {
  provider.close();
  await kairos.stop();
});

async function signsUp(browser: SiteBrowser, idToken: string): Promise<number> {
  const answer = await fetch(`${kairos.url}/v1/site/sign-up`, {
    method: 'POST',
    headers: { ...browser.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'social', idToken }),
  });
  return answer.status;
}

const nonceOf = ({ anonymousId }: SiteBrowser): string =>
  createHash('sha256').update(anonymousId).digest('hex');

const attributesOf = (anonymousId: string): Promise<Record<string, unknown>> =>
  kairos.until('the attributes', async () => {
    const path = `/v1/profiles/anonymous:${anonymousId}`;
    const found = await kairos
      .call<{ attributes: Record<string, unknown> }>('GET', path)
      .catch(() => null);
    return found !== null && 'first_name' in found.attributes ? found.attributes : null;
  });

describe('a visitor who signs up with a social account', () => {
  it('brings name, birthday, and the e-mail that the provider has looked into', async () => {
    provider.claims = PERSON;
    const browser = new SiteBrowser(kairos);
    const token = await provider.token(CLIENT_ID, nonceOf(browser));
    expect(await signsUp(browser, token)).toBe(200);
    expect(await signsUp(browser, token)).toBe(200);
    expect(await attributesOf(browser.anonymousId)).toMatchObject({
      email: PERSON.email,
      first_name: 'Olha',
      last_name: 'Bondar',
      birthday: '1990-05-17',
    });
    const events = await kairos.mongo.collections.events.find({ name: 'Signed Up' }).toArray();
    expect(events.map(({ properties }) => properties)).toEqual([{ method: 'social' }]);
  });

  it('brings no e-mail that nobody has looked into, and no birthday without a year', async () => {
    provider.claims = { ...PERSON, email_verified: false, birthdate: '0000-05-17' };
    const browser = new SiteBrowser(kairos);
    await signsUp(browser, await provider.token(CLIENT_ID, nonceOf(browser)));
    const attributes = await attributesOf(browser.anonymousId);
    expect(attributes).toMatchObject({ first_name: 'Olha' });
    expect(attributes).not.toHaveProperty('email');
    expect(attributes).not.toHaveProperty('birthday');
  });

  it('is not believed with a token for another browser, another shop or of nobody', async () => {
    provider.claims = PERSON;
    const browser = new SiteBrowser(kairos);
    const other = nonceOf(new SiteBrowser(kairos));
    expect(await signsUp(browser, await provider.token(CLIENT_ID, other))).toBe(401);
    expect(await signsUp(browser, await provider.token('another', nonceOf(browser)))).toBe(401);
    expect(await signsUp(browser, 'no.token.atall')).toBe(401);
  });

  describe('on the page', () => {
    let chrome: Browser;
    beforeAll(async () => {
      if (!existsSync(CHROMIUM)) throw new Error(`There is no Chromium at ${CHROMIUM}.`);
      chrome = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
      });
    });
    afterAll(() => chrome.close());

    it('goes to the provider and comes back, and nothing of it stays in the address', async () => {
      provider.claims = { ...PERSON, email: 'olha.page@shop.example' };
      const page = await chrome.newPage();
      await page.goto(`${kairos.url}/demo`);
      await page.click('#agree');
      const anonymousId = String(await page.evaluate('kairos.user().anonymousId'));
      await page.evaluate("void kairos.signUp('social')");
      expect(await attributesOf(anonymousId)).toMatchObject({ email: 'olha.page@shop.example' });
      await page.waitForURL(`${kairos.url}/demo`);
    });
  });
});
