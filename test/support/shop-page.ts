import { existsSync } from 'node:fs';
import { expect } from '@jest/globals';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type Page as BrowserPage,
} from 'playwright-core';
import type { StoredEvent } from '#domain/event/event.ts';
import type { WholeKairos } from './whole-kairos.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** A browser without a window. @throws where there is none on this machine. */
export function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`There is no Chromium at ${CHROMIUM}.`);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/**
 * A tab of the visitor, at a page of the shop. `faults` is told what the page's policy refused, or its
 * scripts could not do.
 */
export async function openTab(
  context: BrowserContext,
  address: string,
  faults: string[],
): Promise<BrowserPage> {
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (line) => {
    if (/Content Security Policy|Uncaught/.test(line.text())) faults.push(line.text());
  });
  await page.goto(address);
  return page;
}

/** All that is known of what a visitor did, the oldest first. */
export async function eventsOf(kairos: WholeKairos, anonymousId: string): Promise<StoredEvent[]> {
  const { identities, events } = kairos.mongo.collections;
  const identity = await identities.findOne({ _id: `anonymous:${anonymousId}` });
  return events
    .find({ profileId: identity?.profileId ?? '' })
    .sort({ occurredAt: 1 })
    .toArray();
}

/** The first event of a name that is known of a visitor, once there is one. */
export function eventNamed(
  kairos: WholeKairos,
  anonymousId: string,
  name: string,
): Promise<StoredEvent> {
  return kairos.until(`the event ${name}`, async () => {
    const found = (await eventsOf(kairos, anonymousId)).find((event) => event.name === name);
    return found ?? null;
  });
}

export const anonymousOf = (page: BrowserPage): Promise<string> =>
  page.evaluate('kairos.user().anonymousId');

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

/** The page of a shop that shows no messages. */
export async function withoutMessages(context: BrowserContext): Promise<void> {
  await context.route('**/demo', async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace('data-write-key', 'data-messages="off" $&');
    await route.fulfill({ response: answer, body });
  });
}

/** Answers all calls as if the key were wrong. */
export async function refuseCalls(context: BrowserContext): Promise<void> {
  await context.route('**/v1/b', (route) =>
    route.fulfill({
      status: 401,
      headers: { 'access-control-allow-origin': '*' },
      contentType: 'application/problem+json',
      body: JSON.stringify({ detail: 'This key is unknown.' }),
    }),
  );
}
