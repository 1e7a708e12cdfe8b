import { expect } from '@jest/globals';
import type { Page as BrowserPage } from 'playwright-core';

/** What the script keeps on the visitor's device, by its names; no cookies. */
export async function kept(page: BrowserPage): Promise<string[]> {
  const names = await page.evaluate('Object.keys(localStorage)');
  expect(await page.evaluate('document.cookie')).toBe('');
  return (names as string[]).filter((name) => name.startsWith('kairos.')).sort();
}

/** Another tab comes to the front, and goes. */
export async function lookAwayAndBack(page: BrowserPage): Promise<void> {
  for (const state of ['hidden', 'visible']) {
    await page.evaluate(`
      Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
  }
}

/** All that a page can say that would store or fetch something. */
export const callAll = (page: BrowserPage): Promise<unknown> =>
  page.evaluate(`(async () => {
    kairos.page('Again');
    kairos.inbox.read('some-message');
    await kairos.inbox.refresh();
    await kairos.subscribePush();
    await kairos.signUp('some-provider');
    await kairos.flush();
  })()`);
