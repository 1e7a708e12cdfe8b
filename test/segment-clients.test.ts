import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Analytics } from '@segment/analytics-node';
import { chromium, type Browser } from 'playwright-core';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Mongo } from '#platform/mongo.ts';
import { listen, openTestDatabase, wireTracking, WRITE_KEY } from './support/tracking-app.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** The library as Segment publishes it for pages, whole in one file. */
const LIBRARY = new URL(
  '../node_modules/@segment/analytics-next/dist/umd/index.js',
  import.meta.url,
);

let mongo: Mongo;
let server: Server;
let url: string;

beforeAll(async () => {
  mongo = await openTestDatabase('segment-clients');
  ({ server, url } = await listen(wireTracking(mongo).app));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await mongo.db.dropDatabase();
  await mongo.close();
});

const eventsOf = (app: string): Promise<StoredEvent[]> =>
  mongo.collections.events
    .find({ 'context.app.name': app })
    .sort({ receivedAt: 1, place: 1 })
    .toArray();

describe("Segment's official clients, given Kairos as their host", () => {
  it('@segment/analytics-node works unchanged', async () => {
    const failures: unknown[] = [];
    const analytics = new Analytics({ writeKey: WRITE_KEY, host: url, maxRetries: 0 });
    analytics.on('error', (failure) => failures.push(failure));
    const userId = 'node-1';
    const context = { app: { name: 'node' }, locale: 'uk-UA' };
    analytics.identify({ userId, traits: { email: 'node@shop.example', plan: null }, context });
    analytics.track({ userId, event: 'Order Completed', properties: { revenue: 12.5 }, context });
    analytics.page({ userId, name: 'Home', context });
    analytics.screen({ userId, name: 'Start', context });
    analytics.group({ userId, groupId: 'g1', context });
    analytics.alias({ userId, previousId: 'visitor-1', context });
    const past = new Date(Date.now() - 3_600_000);
    analytics.track({ userId, event: 'Earlier', timestamp: past, context });
    await analytics.closeAndFlush();
    expect(failures).toEqual([]);
    const events = await eventsOf('node');
    expect(events.map(({ name }) => name)).toEqual([
      'Identified',
      'Order Completed',
      'Page Viewed',
      'Screen Viewed',
      'Grouped',
      'Aliased',
      'Earlier',
    ]);
    expect(events[0]?.attributes).toEqual({ email: 'node@shop.example', plan: null });
    expect(events[1]).toMatchObject({
      properties: { revenue: 12.5 },
      context: { locale: 'uk-UA' },
    });
    expect(Math.abs((events[6]?.occurredAt ?? 0) - past.getTime())).toBeLessThan(60_000);
    expect(new Set(events.map(({ profileId }) => profileId)).size).toBe(1);
  });

  describe('@segment/analytics-next in a browser', () => {
    let page: Server;
    let browser: Browser;

    beforeAll(async () => {
      if (!existsSync(CHROMIUM)) {
        throw new Error(
          `There is no Chromium at ${CHROMIUM}: install the Debian package "chromium" or set CHROMIUM_PATH.`,
        );
      }
      const library = await readFile(LIBRARY);
      page = createServer((req, res) => {
        const script = req.url === '/analytics.js';
        res.setHeader('Content-Type', script ? 'text/javascript' : 'text/html; charset=utf-8');
        res.end(
          script
            ? library
            : '<!doctype html><title>Shop</title><script src="/analytics.js"></script>',
        );
      });
      await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
      });
    });

    afterAll(async () => {
      await browser.close();
      page.closeAllConnections();
      page.close();
    });

    /** Runs the shop's script in a page of another origin, until everything was answered. */
    async function visit(batching: boolean): Promise<{ foreign: string[]; statuses: number[] }> {
      const context = await browser.newContext();
      const tab = await context.newPage();
      const foreign: string[] = [];
      const statuses: number[] = [];
      tab.on('request', (request) => {
        if (new URL(request.url()).hostname !== '127.0.0.1') foreign.push(request.url());
      });
      tab.on('response', (response) => {
        if (response.url().startsWith(url)) statuses.push(response.status());
      });
      const { port } = page.address() as AddressInfo;
      await tab.goto(`http://127.0.0.1:${String(port)}/cart?utm_source=mail&utm_campaign=spring`);
      const wanted = batching ? 2 : 5;
      await tab.evaluate(shopScript({ url, writeKey: WRITE_KEY, batching }));
      const deadline = Date.now() + 20_000;
      while (Date.now() < deadline && statuses.length < wanted) await tab.waitForTimeout(50);
      await context.close();
      return { foreign, statuses };
    }

    it.each([
      ['one call at a time', false],
      ['in batches', true],
    ])('works unchanged, sending %s', async (_how, batching) => {
      const { foreign, statuses } = await visit(batching);
      expect(foreign).toEqual([]);
      expect(new Set(statuses)).toEqual(new Set([200]));
      const events = await eventsOf(batching ? 'batch' : 'single');
      expect(events.map(({ name }) => name).sort()).toEqual(
        ['Aliased', 'Identified', 'Page Viewed', 'Product Added'].sort(),
      );
      expect(new Set(events.map(({ profileId }) => profileId)).size).toBe(1);
      const added = events.find(({ name }) => name === 'Product Added');
      expect(added).toMatchObject({
        properties: { product_id: 'p1', price: 9.5 },
        context: { page: { path: '/cart' }, campaign: { source: 'mail', name: 'spring' } },
      });
      expect(added?.context).not.toHaveProperty('userAgent');
    });
  });
});

/** What a shop writes on its page: the snippet's two options and its calls. */
function shopScript(options: { url: string; writeKey: string; batching: boolean }): string {
  const { url: cdnURL, writeKey, batching } = options;
  const app = batching ? 'batch' : 'single';
  const strategy = { strategy: 'batching', config: { size: 4, timeout: 300 } };
  const integrations = batching ? { 'Segment.io': { deliveryStrategy: strategy } } : {};
  const context = JSON.stringify({ context: { app: { name: app } } });
  return `(async () => {
    const analytics = AnalyticsNext.AnalyticsBrowser.load(
      ${JSON.stringify({ writeKey, cdnURL })},
      ${JSON.stringify({ integrations })},
    );
    await analytics.page('Cart', {}, ${context});
    await analytics.track('Product Added', { product_id: 'p1', price: 9.5 }, ${context});
    await analytics.identify(${JSON.stringify(app)}, { first_name: 'Olha' }, ${context});
    await analytics.alias(${JSON.stringify(app)}, 'before', ${context});
  })()`;
}
