import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page as BrowserPage } from 'playwright-core';
import type { StoredEvent } from '#domain/event/event.ts';
import {
  anonymousOf,
  callAll,
  eventNamed,
  eventsOf,
  kept,
  lookAwayAndBack,
  openBrowser,
  openTab,
  refuseCalls,
  withoutMessages,
} from './support/shop-page.ts';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
let browser: Browser;
let context: BrowserContext;
/** What the page's policy refused, or its scripts could not do. */
let faults: string[];
/** Addresses of Kairos' interface that were asked for, from before the first page loads. */
let asked: string[];

beforeAll(async () => {
  kairos = await WholeKairos.start('browser-sdk', {
    env: { KAIROS_BROWSER_KEY: 'browser-key-of-the-demo-page' },
  });
  for (const key of ['demo-page-cart', 'demo-page-visit']) {
    const template = await readFile(`cli/demo/site/templates/${key}.yaml`, 'utf8');
    await kairos.call('PUT', `/v1/templates/${key}`, template);
    const journey = await readFile(`cli/demo/site/journeys/${key}.yaml`, 'utf8');
    await kairos.call('PUT', `/v1/journeys/${key}`, journey.replace('PT10S', 'PT2S'));
    await kairos.call('POST', `/v1/journeys/${key}/publish`);
  }
  browser = await openBrowser();
}, 180_000);
afterAll(async () => {
  await browser.close();
  await kairos.stop();
});

beforeEach(async () => {
  faults = [];
  asked = [];
  context = await browser.newContext({ locale: 'uk-UA', timezoneId: 'Europe/Warsaw' });
  context.on('request', (request) => {
    if (request.url().includes('/v1/')) asked.push(new URL(request.url()).pathname);
  });
});
afterEach(() => context.close());

const visit = (path: string): Promise<BrowserPage> =>
  openTab(context, `${kairos.url}${path}`, faults);

const named = (anonymousId: string, name: string): Promise<StoredEvent> =>
  eventNamed(kairos, anonymousId, name);

describe('a visitor of the demo shop', () => {
  it('who has agreed leaves a cart, comes back and finds the message, over the page and in the inbox', async () => {
    const first = await visit('/demo');
    await first.click('#agree');
    await first.click('#goods li:nth-child(2) button');
    const anonymousId = await anonymousOf(first);
    const added = await named(anonymousId, 'Product Added');
    expect(added).toMatchObject({
      properties: { product_id: 'kettle', price: 79 },
      context: { locale: 'uk-UA', timezone: 'Europe/Warsaw' },
    });
    await first.close();

    await kairos.until('the messages', async () => {
      const sent = await kairos.messages(`profile=anonymous:${anonymousId}&journey=demo-page-cart`);
      return sent.length === 2 ? true : null;
    });
    const back = await visit('/demo/cart');
    expect(await anonymousOf(back)).toBe(anonymousId);
    const over = back.locator('[data-kairos=in-app]');
    await over.getByText('Copper kettle waits in your cart.').waitFor();
    // It is read aloud in its own language, and what the script says beside it in the visitor's.
    expect(await over.getByRole('dialog').getAttribute('lang')).toBe('en');
    const close = over.getByRole('button', { name: 'Закрити' });
    expect(await close.getAttribute('lang')).toBe('uk');
    const bell = back.locator('[data-kairos=inbox] .bell');
    await back.waitForFunction(
      "document.querySelector('[data-kairos=inbox]').shadowRoot.querySelector('.count').textContent === '1'",
    );
    await bell.click();
    await back.getByText('Copper kettle is still in your cart').first().waitFor();
    await close.click();
    await named(anonymousId, 'In-App Dismissed');
    await named(anonymousId, 'Inbox Read');

    const later = await visit('/demo/cart');
    await later.locator('[data-kairos=inbox] .bell').waitFor();
    await later.evaluate('kairos.inbox.refresh()');
    expect(await later.locator('[data-kairos=in-app]').count()).toBe(0);
    expect(await later.locator('[data-kairos=inbox] .count').textContent()).toBe('0');
    expect(faults).toEqual([]);
  });

  it('is remembered by nothing, and told of to nobody, before they agree or when they refuse', async () => {
    const page = await visit('/demo');
    await page.click('#goods li:nth-child(1) button');
    await lookAwayAndBack(page);
    await callAll(page);
    expect(await kept(page)).toEqual([]);
    await page.click('#refuse');
    await page.click('#goods li:nth-child(3) button');
    await lookAwayAndBack(page);
    await callAll(page);
    expect(await kept(page)).toEqual([]);
    expect(asked).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('is read for by nobody where the shop shows no messages', async () => {
    await withoutMessages(context);
    const page = await visit('/demo');
    await page.click('#agree');
    await lookAwayAndBack(page);
    await page.evaluate('kairos.inbox.refresh()');
    await named(await anonymousOf(page), 'Page Viewed');
    expect(asked.filter((path) => path.startsWith('/v1/site/'))).toEqual([]);
  });

  it('is not read for any more once they refuse, whatever becomes of the page', async () => {
    const page = await visit('/demo');
    await page.click('#agree');
    await kairos.until('a stream', () =>
      Promise.resolve(asked.includes('/v1/site/stream') ? true : null),
    );
    await page.evaluate('kairos.consent(false)');
    asked.length = 0;
    await lookAwayAndBack(page);
    await callAll(page);
    expect(asked).toEqual([]);
    expect(await kept(page)).toEqual([]);
  });

  it('who refuses in one tab has refused in all, and nothing is written anew', async () => {
    const one = await visit('/demo');
    await one.click('#agree');
    const other = await visit('/demo/cart');
    await named(await anonymousOf(one), 'Page Viewed');
    await other.evaluate('kairos.consent(false)');
    await one.waitForFunction(
      'Object.keys(localStorage).every((key) => !key.startsWith("kairos."))',
    );
    asked.length = 0;
    await callAll(one);
    expect(await kept(one)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('takes what was drawn for them along when they log out', async () => {
    const page = await visit('/demo');
    await page.click('#agree');
    const form = page.locator('[data-kairos=widget] form');
    await form.waitFor();
    await page.evaluate('kairos.reset()');
    expect(await page.locator('[data-kairos=widget]').count()).toBe(0);
    expect(await page.locator('[data-kairos=inbox] .count').textContent()).toBe('0');
  });

  it('leaves what follows a # to the page, and a token there to nobody', async () => {
    const page = await visit('/demo#id_token=secret&state=none');
    expect(await page.evaluate('location.hash')).toBe('');
    await page.evaluate("location.hash = 'secret'");
    await page.click('#agree');
    await page.evaluate("kairos.page('Secret')");
    const anonymousId = await anonymousOf(page);
    await named(anonymousId, 'Page Viewed');
    await page.evaluate('kairos.flush()');
    expect(JSON.stringify(await eventsOf(kairos, anonymousId))).not.toContain('secret');
  });

  it('keeps what a wrong key could not tell, and says why once', async () => {
    const warnings: string[] = [];
    context.on('console', (line) => {
      if (line.type() === 'warning') warnings.push(line.text());
    });
    await refuseCalls(context);
    const page = await visit('/demo');
    await page.click('#agree');
    await page.evaluate('kairos.flush()');
    await kairos.until('the warning', () => Promise.resolve(warnings.length > 0 ? true : null));
    expect(warnings).toEqual(['Kairos (401): This key is unknown.']);
    expect((await kept(page)).some((name) => name.startsWith('kairos.call.'))).toBe(true);
    await context.unroute('**/v1/b');
    await page.evaluate('kairos.flush()');
    await named(await anonymousOf(page), 'Page Viewed');
  });

  it('loses no call to a network that is away', async () => {
    const page = await visit('/demo');
    await page.click('#agree');
    const anonymousId = await anonymousOf(page);
    await named(anonymousId, 'Page Viewed');
    await context.setOffline(true);
    await page.evaluate("kairos.track('Product Viewed', { product_id: 'tea' })");
    await page.evaluate('kairos.flush()');
    expect((await kept(page)).some((name) => name.startsWith('kairos.call.'))).toBe(true);
    await context.setOffline(false);
    const seen = await named(anonymousId, 'Product Viewed');
    expect(seen.properties).toEqual({ product_id: 'tea' });
    await kairos.until('an empty queue', async () =>
      (await kept(page)).every((name) => !name.startsWith('kairos.call.')) ? true : null,
    );
  });
});

describe('the calls of the script', () => {
  it('are Segment’s, and go by who the visitor says to be', async () => {
    const page = await visit('/demo');
    await page.click('#agree');
    const visitor = await anonymousOf(page);
    const userId = `demo-${visitor}`;
    await page.evaluate(`
      kairos.identify(${JSON.stringify(userId)}, { first_name: 'Olha' });
      kairos.group('club', { level: 'gold' });
      kairos.alias(${JSON.stringify(userId)}, kairos.user().anonymousId);
    `);
    await named(visitor, 'Grouped');
    await named(visitor, 'Aliased');
    const identified = await named(visitor, 'Identified');
    expect(identified.attributes).toEqual({ first_name: 'Olha' });
    const owner = await kairos.mongo.collections.identities.findOne({ _id: `external:${userId}` });
    expect(owner?.profileId).toBe(identified.profileId);
    await page.evaluate('kairos.reset()');
    expect(await anonymousOf(page)).not.toBe(visitor);
    expect(await page.evaluate('kairos.user().userId')).toBeNull();
  });
});

describe('what a message holds', () => {
  it('is never run, whatever it is', async () => {
    const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
    const body = `${evil} [click](javascript:window.hacked=1)`;
    await kairos.call('PUT', '/v1/templates/evil', {
      key: 'evil',
      languages: {
        en: {
          'in-app': {
            title: evil,
            body,
            button: { title: 'go', link: 'javascript:window.hacked=1' },
          },
        },
      },
    });
    await kairos.publish({
      key: 'evil',
      name: 'Evil',
      entry: { event: 'Lured' },
      start: 'send',
      steps: {
        send: { send: { template: 'evil', channel: 'in-app' }, next: 'leave' },
        leave: { end: 'done' },
      },
    });
    const page = await visit('/demo');
    await page.click('#agree');
    await page.evaluate("kairos.track('Lured')");
    const over = page.locator('[data-kairos=in-app]');
    // It comes by the live stream, to the page that stands there.
    await over.getByText('window.hacked=1').first().waitFor();
    expect(await over.locator('a').count()).toBe(0);
    expect(await over.locator('img, script').count()).toBe(0);
    expect(await page.evaluate('window.hacked ?? null')).toBeNull();
  });
});
