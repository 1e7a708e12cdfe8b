import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page as BrowserPage } from 'playwright-core';
import {
  anonymousOf,
  eventNamed,
  eventsOf,
  kept,
  openBrowser,
  openTab,
} from './support/shop-page.ts';
import { BROWSER_KEY } from './support/site-browser.ts';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  kairos = await WholeKairos.start('browser-offline', {
    env: { KAIROS_BROWSER_KEY: BROWSER_KEY },
  });
  browser = await openBrowser();
  context = await browser.newContext();
  // Calls of a page that is being left go past a route of the browser's: they are cut in the page.
  await context.addInitScript(`{
    const real = window.fetch;
    window.fetch = (to, init) =>
      localStorage.getItem('away') && String(to).endsWith('/v1/b')
        ? Promise.reject(new TypeError('Failed to fetch'))
        : real(to, init);
  }`);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await kairos.stop();
});

const visit = (path: string): Promise<BrowserPage> => openTab(context, `${kairos.url}${path}`, []);

/** The network goes, or comes back, for all tabs. */
const isAway = (page: BrowserPage, away: boolean): Promise<unknown> =>
  page.evaluate(away ? "localStorage.setItem('away', '1')" : "localStorage.removeItem('away')");

const waits = async (page: BrowserPage): Promise<boolean> =>
  (await kept(page)).some((name) => name.startsWith('kairos.call.'));

describe('a page that is left while the network is away', () => {
  it('loses no call: whichever tab is there when it is back tells it, once', async () => {
    const page = await visit('/demo');
    await page.click('#agree');
    const anonymousId = await anonymousOf(page);
    await eventNamed(kairos, anonymousId, 'Page Viewed');
    await isAway(page, true);
    await page.evaluate("kairos.track('Product Viewed', { product_id: 'tea' })");
    await page.evaluate('kairos.flush()');
    await page.reload();
    const other = await visit('/demo/cart');
    expect(await waits(other)).toBe(true);
    const told = async (): Promise<string[]> =>
      (await eventsOf(kairos, anonymousId)).map(({ name }) => name).sort();
    expect(await told()).toEqual(['Page Viewed']);
    await isAway(page, false);
    // Both tell what waits, as two tabs of one visitor do.
    await Promise.all([page, other].map((one) => one.evaluate('kairos.flush()')));
    await eventNamed(kairos, anonymousId, 'Product Viewed');
    await kairos.until('an empty queue', async () => ((await waits(other)) ? null : true));
    expect(await told()).toEqual(['Page Viewed', 'Page Viewed', 'Page Viewed', 'Product Viewed']);
  });
});
