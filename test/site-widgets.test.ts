import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page as BrowserPage } from 'playwright-core';
import { installSite } from '#cli/demo/install-library.ts';
import { KairosClient } from '#cli/demo/kairos-client.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { anonymousOf, eventNamed, eventsOf, openBrowser, openTab } from './support/shop-page.ts';
import { BROWSER_KEY, SiteBrowser } from './support/site-browser.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const VIEW = { width: 1_000, height: 700 };
const button = { title: 'To the cart', link: '/demo/cart' };
/** Each is sent to whoever wants it. */
const WIDGETS = {
  'pop-up': { kind: 'pop-up', title: 'Spring sale', body: 'A week of **offers**.', button },
  'bar-top': { kind: 'bar', position: 'top', body: 'Free delivery this week.', button },
  'bar-bottom': { kind: 'bar', body: 'We are closed on Monday.' },
  block: { kind: 'block', slot: 'below-goods', title: 'For regulars', body: 'Tea club.', button },
  shelf: { kind: 'products', slot: 'below-goods', title: 'Others like' },
};

/** What the shop sells, the best-seller first. */
const GOODS = [
  ['lamp', { name: 'Lamp', price: 1_290, languages: { uk: { name: 'Лампа' } } }],
  ['pot', { name: 'Pot', price: 30 }],
  ['tea', { name: 'Tea', price: 5 }],
  ['cup', { name: 'Cup', price: 12.5, url: '/demo/cart', languages: { uk: { name: 'Чашка' } } }],
] as const;

let kairos: WholeKairos;
let browser: Browser;
let context: BrowserContext;
/** What the page's policy refused, or its scripts could not do. */
let faults: string[];

beforeAll(async () => {
  kairos = await WholeKairos.start('site-widgets', { env: { KAIROS_BROWSER_KEY: BROWSER_KEY } });
  const { KAIROS_ADMIN_KEY: admin = '', KAIROS_WRITE_KEY: write = '' } = kairos.environment;
  await installSite(new KairosClient(kairos.url, { admin, write }));
  for (const [key, widget] of Object.entries(WIDGETS)) {
    await kairos.call('PUT', `/v1/templates/${key}`, { key, languages: { en: { widget } } });
    await kairos.publish({
      ...{ key, name: key, start: 'send' },
      entry: { event: 'Wanted', where: { 'properties.what': { is: key } } },
      steps: {
        send: { send: { template: key, channel: 'widget' }, next: 'leave' },
        leave: { end: 'done' },
      },
    });
  }
  for (const [id, product] of GOODS) {
    await kairos.call('PUT', `/v1/products/${id}`, { ...product, currency: 'USD' });
  }
  const products = GOODS.map(([product_id], place) => ({ product_id, quantity: 9 - place }));
  const properties = { order_id: 'o1', total: 90, products };
  await kairos.track('track', { userId: 'regular', event: 'Order Completed', properties });
  // What sells best is read once a minute: all of it has to be there before somebody asks.
  const sellers = kairos.mongo.db.collection('bestSellers');
  await kairos.until('the best-sellers', async () =>
    (await sellers.countDocuments()) === GOODS.length ? true : null,
  );
  browser = await openBrowser();
}, 180_000);
afterAll(async () => {
  await browser.close();
  await kairos.stop();
});

beforeEach(async () => {
  faults = [];
  context = await browser.newContext({ locale: 'uk-UA', viewport: VIEW });
});
afterEach(() => context.close());

/** Somebody at the demo shop who has agreed. */
async function visitor(): Promise<{ page: BrowserPage; anonymousId: string }> {
  const page = await openTab(context, `${kairos.url}/demo`, faults);
  await page.click('#agree');
  return { page, anonymousId: await anonymousOf(page) };
}

/** What is drawn once the visitor wants a widget. */
async function drawn(page: BrowserPage, what: keyof typeof WIDGETS): Promise<Locator> {
  await page.evaluate(`kairos.track('Wanted', { what: '${what}' })`);
  // The form of the demo page stands there as well.
  const box = page.locator('[data-kairos=widget] .box').filter({ hasNot: page.locator('form') });
  await box.waitFor();
  return box;
}

const told = (anonymousId: string, name: string): Promise<StoredEvent> =>
  eventNamed(kairos, anonymousId, name);

/** Waits until these were told of the widget that was wanted; the form is another one. */
const toldOfIt = (anonymousId: string, ...names: string[]): Promise<true> =>
  kairos.until(names.join(', '), async () => {
    const events = await eventsOf(kairos, anonymousId);
    const ofIt = events.filter(
      ({ properties: { message_id: id } }) => typeof id === 'string' && id.includes('/send/'),
    );
    return names.every((name) => ofIt.some((event) => event.name === name)) ? true : null;
  });

interface Edges {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** How far a box is from each edge of what the visitor sees, in pixels. */
async function edgesOf(box: Locator): Promise<Edges> {
  const { x, y, width, height } = (await box.boundingBox()) ?? fail();
  return { left: x, right: VIEW.width - x - width, top: y, bottom: VIEW.height - y - height };
}

function fail(): never {
  throw new Error('it is not drawn');
}

describe('a widget', () => {
  it.each([
    [
      'pop-up',
      'over the middle of the page',
      ({ left, right, top, bottom }: Edges) => [left - right, top - bottom],
    ],
    ['bar-top', 'along its upper edge', ({ left, right, top }: Edges) => [left, right, top]],
    [
      'bar-bottom',
      'along its lower edge',
      ({ left, right, bottom }: Edges) => [left, right, bottom],
    ],
  ] as const)('that is a %s is drawn %s, and closed for good', async (what, _, distances) => {
    const { page, anonymousId } = await visitor();
    const box = await drawn(page, what);
    for (const distance of distances(await edgesOf(box))) {
      expect(Math.abs(distance)).toBeLessThanOrEqual(1);
    }
    await toldOfIt(anonymousId, 'Widget Delivered', 'Widget Opened');
    await box.getByRole('button', { name: 'Закрити' }).click();
    await box.waitFor({ state: 'detached' });
    await toldOfIt(anonymousId, 'Widget Dismissed');
    expect(faults).toEqual([]);
  });

  it('that is a block stands in its slot, counts as seen once it is, and is closed for good', async () => {
    const { page, anonymousId } = await visitor();
    const box = await drawn(page, 'block');
    expect(
      await page.locator('[data-kairos-slot=below-goods]').getByText('Tea club.').count(),
    ).toBe(1);
    await box.scrollIntoViewIfNeeded();
    await toldOfIt(anonymousId, 'Widget Delivered', 'Widget Opened');
    await box.getByRole('button', { name: 'Закрити' }).click();
    await toldOfIt(anonymousId, 'Widget Dismissed');
    expect(await box.count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe('recommended products', () => {
  const LOOKED = [
    ['Product Viewed', { product_id: 'pot' }],
    ['Product Added', { product_id: 'tea', quantity: 1, price: 5 }],
  ] as const;
  const known = (anonymousId: string): Promise<true> =>
    kairos.until('what the visitor looked at', async () => {
      const { data } = await kairos
        .call<{ data: unknown[] }>('GET', `/v1/profiles/anonymous:${anonymousId}/interests`)
        .catch(() => ({ data: [] }));
      return data.length === LOOKED.length ? true : null;
    });

  it('are none that the visitor has in the cart or looked at, in the language and prices asked for', async () => {
    const somebody = new SiteBrowser(kairos);
    const ids = async (query: string): Promise<unknown[]> => {
      const { data } = await somebody.reads<{ data: { id: string }[] }>(`products${query}`);
      return data.map(({ id }) => id);
    };
    // Somebody of whom nothing is known is shown what sells best.
    expect(await ids('')).toEqual(['lamp', 'pot', 'tea', 'cup']);
    for (const [event, properties] of LOOKED) await somebody.says('track', { event, properties });
    await known(somebody.anonymousId);
    expect(await somebody.reads('products?language=en')).toEqual({
      data: [
        { id: 'lamp', name: 'Lamp', url: null, image: null, price: '$1,290.00' },
        { id: 'cup', name: 'Cup', url: '/demo/cart', image: null, price: '$12.50' },
      ],
    });
    const { data } = await somebody.reads<{ data: object[] }>('products?limit=1&language=uk-UA');
    expect(data).toEqual([
      expect.objectContaining({
        name: 'Лампа',
        price: expect.stringMatching(/^1\s290,00\sUSD$/),
      }),
    ]);
    expect((await somebody.get('products?limit=0')).status).toBe(422);
  });

  it('are drawn as cards in their slot, and a click on one is told', async () => {
    const { page, anonymousId } = await visitor();
    for (const [event, properties] of LOOKED) {
      await page.evaluate(`kairos.track('${event}', ${JSON.stringify(properties)})`);
    }
    await known(anonymousId);
    const box = await drawn(page, 'shelf');
    const cards = box.locator('.products li');
    expect(await cards.locator('span').allTextContents()).toEqual(['Лампа', 'Чашка']);
    expect(await cards.locator('.price').allTextContents()).toEqual([
      expect.stringMatching(/^1\s290,00\sUSD$/),
      expect.stringMatching(/^12,50\sUSD$/),
    ]);
    await cards.last().getByRole('link').click();
    await page.waitForURL('**/demo/cart');
    await toldOfIt(anonymousId, 'Widget Clicked');
    expect(faults).toEqual([]);
  });
});

describe('the form that asks for a birthday', () => {
  it('makes its visitor known, and gives the code that it promises to whoever filled it in', async () => {
    const codes = async (): Promise<Record<string, number>> =>
      (
        await kairos.call<{ codes: Record<string, number> }>(
          'GET',
          '/v1/vouchers/demo-page-welcome',
        )
      ).codes;
    const { page, anonymousId } = await visitor();
    const form = page.locator('[data-kairos=widget] form');
    await form.waitFor();
    const identity = `anonymous:${anonymousId}`;
    expect(JSON.stringify(await kairos.messages(`profile=${identity}`))).toContain(
      'demo-page-visit',
    );
    expect(await codes()).toMatchObject({ issued: 0, reserved: 0 });
    const email = `olha-${randomUUID()}@shop.example`;
    await form.locator('input[name=email]').fill(email);
    await form.locator('input[name=birthday]').fill('1990-05-17');
    await form.locator('input[name=agree]').check();
    // Thanks are said for what was taken, and for nothing else.
    await context.setOffline(true);
    await form.locator('button').click();
    await form.locator('[role=alert]').getByText('Не вдалося надіслати').waitFor();
    await context.setOffline(false);
    await form.locator('button').click();
    await page.getByText('is on its way').waitFor();
    const submitted = await told(anonymousId, 'Widget Submitted');
    expect(submitted.properties).toMatchObject({ template: 'demo-page-visit' });
    await told(anonymousId, 'Widget Clicked');

    const [mail] = await kairos.until('the code', async () => {
      const mails = await kairos.inbox(email);
      return mails.length === 0 ? null : mails;
    });
    expect(JSON.stringify(mail?.payload)).toMatch(/MUG10-\d{4}/);
    await kairos.endedRun('demo-page-welcome', identity);
    expect(await codes()).toMatchObject({ issued: 1, reserved: 0 });
    const { attributes, consents } = await kairos.call<Record<string, object>>(
      'GET',
      `/v1/profiles/${identity}`,
    );
    expect(attributes).toMatchObject({ email, birthday: '1990-05-17' });
    expect(consents).toMatchObject({
      email: { granted: true, source: 'form', text: 'You may write to me about offers.' },
    });
    expect(faults).toEqual([]);
  });

  it('gives none to whoever left it empty or closed it', async () => {
    const { page, anonymousId } = await visitor();
    const box = page.locator('[data-kairos=widget] .box').filter({ has: page.locator('form') });
    await box.waitFor();
    await box.locator('button.submit').click();
    // The browser itself asks for what is missing.
    expect(await box.locator('input:invalid').count()).toBe(3);
    await box.getByRole('button', { name: 'Закрити' }).click();
    await told(anonymousId, 'Widget Dismissed');
    const runs = await kairos.runs(`profile=anonymous:${anonymousId}`);
    expect(runs.map(({ journey }) => journey)).toEqual(['demo-page-visit']);
  });
});
