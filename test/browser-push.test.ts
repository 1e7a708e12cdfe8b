import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { WholeKairos } from './support/whole-kairos.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** What the sandbox calls the browser that subscribes here. */
const NAME = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

let kairos: WholeKairos;
let browser: Browser;

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`There is no Chromium at ${CHROMIUM}.`);
  kairos = await WholeKairos.start('browser-push', {
    env: { KAIROS_BROWSER_KEY: 'browser-key-of-the-demo-page' },
  });
  const push = { title: 'Still thinking?', body: 'It waits.', link: 'https://shop.example/cart' };
  await kairos.call('PUT', '/v1/templates/call-back', {
    key: 'call-back',
    languages: { en: { 'web-push': push } },
  });
  await kairos.publish({
    key: 'call-back',
    name: 'Call back',
    entry: { event: 'Web Push Subscribed' },
    start: 'send',
    steps: {
      send: { send: { template: 'call-back', channel: 'web-push' }, next: 'leave' },
      leave: { end: 'done' },
    },
  });
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}, 180_000);
afterAll(async () => {
  await browser.close();
  await kairos.stop();
});

describe('web push to a page with the script', () => {
  it('goes to the browser that subscribed, whose worker shows it and says so', async () => {
    // The sandbox plays the push service, and leaves it to the browser to tell what became of it.
    await kairos.rules({ channel: 'web-push', to: NAME, outcome: 'silent' });
    const subscription = await kairos.call('GET', `/sandbox/subscription?name=${NAME}`);
    const context = await browser.newContext();
    await context.grantPermissions(['notifications'], { origin: kairos.url });
    // No browser of a test reaches a push service: this is the one step that is played.
    await context.addInitScript(`PushManager.prototype.subscribe = async (options) => ({
      toJSON: () => (window.asked = options, ${JSON.stringify(subscription)}),
    })`);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    const registered = new Promise<string>((resolve) => {
      session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
        const active = versions.find(({ status }) => status === 'activated');
        if (active !== undefined) resolve(active.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    await page.goto(`${kairos.url}/demo`);
    await page.click('#agree');
    expect(await page.evaluate('kairos.subscribePush()')).toBe(true);
    expect(await page.evaluate('window.asked.applicationServerKey')).toBe(
      kairos.environment.VAPID_PUBLIC_KEY,
    );

    const taken = await kairos.until('the push', async () => (await kairos.inbox(NAME))[0] ?? null);
    const registrationId = await registered;
    const data = JSON.stringify(taken.payload);
    await session.send('ServiceWorker.deliverPushMessage', {
      origin: kairos.url,
      registrationId,
      data,
    });
    const anonymousId = String(await page.evaluate('kairos.user().anonymousId'));
    const message = await kairos.until('its receipt', async () => {
      const [sent] = await kairos.messages(`profile=anonymous:${anonymousId}`);
      return sent?.status === 'delivered' ? sent : null;
    });
    expect(message.channel).toBe('web-push');
    await context.close();
  });
});
