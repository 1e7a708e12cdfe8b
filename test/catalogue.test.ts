import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf } from '#domain/profile/identity.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { catalogueDesk } from '#test/support/catalogue-desk.ts';
import { holdBack } from '#test/support/hold-back.ts';
import { WholeKairos } from '#test/support/whole-kairos.ts';

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('catalogue');
  await kairos.publish({
    key: 'cheaper',
    name: 'Cheaper',
    entry: {
      event: 'Product Price Dropped',
      where: {
        'properties.drop_percent': { gte: 10 },
        'properties.interests': { contains: 'cart' },
      },
      key: 'properties.product_id',
      reentry: 'always',
    },
    start: 'leave',
    steps: { leave: { end: 'done' } },
  });
}, 120_000);
afterAll(() => kairos.stop());

interface Product {
  product_id: string;
  price: number | null;
  priceNow: number | null;
  availability: string | null;
  archivedAt: string | null;
}

const { track, interests, interestedIn, told, feed } = catalogueDesk(() => kairos);

describe('a price that drops', () => {
  it('is told once to each who wants the product, by API and by feed, though the worker dies', async () => {
    const lamp = '/v1/products/lamp';
    await kairos.call('PUT', lamp, { name: 'Lamp', price: 100, currency: 'EUR', stock: 40 });
    await track('ann', 'Product Added', 'lamp');
    await track('bob', 'Price Drop Requested', 'lamp');
    await track('cat', 'Product Added', 'bed');
    await interestedIn('ann', 'lamp:cart');
    await interestedIn('bob', 'lamp:priceRequested');
    await interestedIn('cat', 'bed:cart');

    await kairos.kill('worker');
    const dropped = await kairos.call<Product>('PATCH', lamp, { price: 80 });
    expect(dropped).toMatchObject({ price: 80, priceNow: 80, availability: 'in_stock' });
    kairos.run('worker');
    const first = await told('lamp', 2);
    expect(
      first.map(({ name, properties }) => [name, properties.price, properties.interests]),
    ).toEqual(
      expect.arrayContaining([
        ['Product Price Dropped', 80, ['cart']],
        ['Product Price Dropped', 80, ['requested']],
      ]),
    );
    // Who asked was answered, and asked no more.
    expect(await interests('bob')).toEqual([]);

    const item =
      '<item><g:id>lamp</g:id><g:price>70.00 EUR</g:price><g:availability>in stock</g:availability></item>';
    expect(await feed(item)).toMatchObject({ status: 'completed', accepted: 1, rejected: 0 });
    const second = await told('lamp', 3);
    expect(second.at(-1)?.properties).toMatchObject({
      price: 70,
      old_price: 80,
      interests: ['cart'],
    });
    expect(await feed(item)).toMatchObject({ accepted: 1 });
    const runs = await kairos.runs('journey=cheaper&profile=external:ann');
    expect(runs).toHaveLength(2);
    expect(await kairos.runs('journey=cheaper&profile=external:bob')).toEqual([]);
    const found = await kairos.call<{ data: Product[] }>(
      'GET',
      '/v1/products?q=lam&availability=in_stock',
    );
    expect(found.data).toMatchObject([{ product_id: 'lamp', price: 70 }]);

    await kairos.call('DELETE', lamp);
    const all = await told('lamp', 4);
    expect(all.map(({ name }) => name).slice(3)).toEqual(['Product Discontinued']);
    expect((await kairos.call<{ data: unknown[] }>('GET', '/v1/products?q=lam')).data).toEqual([]);
    expect((await kairos.call<Product>('GET', lamp)).archivedAt).not.toBeNull();
  });
});

describe('two profiles of one person', () => {
  it('are told once while they are one, and each by what is theirs after the merge is undone', async () => {
    const vase = '/v1/products/vase';
    await kairos.call('PUT', vase, { price: 50, currency: 'EUR', stock: 0 });
    await track('dan', 'Back In Stock Requested', 'vase');
    await track('eve', 'Product Added to Wishlist', 'vase');
    await interestedIn('dan', 'vase:stockRequested');
    await interestedIn('eve', 'vase:wishlist');
    const pair = { keep: 'external:dan', merge: 'external:eve' };
    const { id } = await kairos.call('POST', '/v1/merges', pair);
    expect((await interests('eve')).sort()).toEqual(['vase:stockRequested', 'vase:wishlist']);
    await kairos.call('PATCH', vase, { price: 40 });
    expect(await told('vase', 1)).toMatchObject([
      { name: 'Product Price Dropped', properties: { interests: ['wishlist'] } },
    ]);
    await kairos.call('POST', `/v1/merges/${String(id)}/undo`);
    expect(await interests('dan')).toEqual(['vase:stockRequested']);
    expect(await interests('eve')).toEqual(['vase:wishlist']);
    await kairos.call('PATCH', vase, { stock: 30 });
    const after = await told('vase', 3);
    expect(after.slice(1).map(({ name, properties }) => [name, properties.interests])).toEqual(
      expect.arrayContaining([
        ['Product Back In Stock', ['requested']],
        ['Product Back In Stock', ['wishlist']],
      ]),
    );
    expect(after).toHaveLength(3);
  });
});

describe('a sale that is said in advance', () => {
  it('begins by itself, woken by a timer', async () => {
    await kairos.call('PUT', '/v1/products/rug', { price: 200, currency: 'EUR' });
    await track('fay', 'Product Viewed', 'rug');
    await interestedIn('fay', 'rug:viewed');
    const saleFrom = new Date(Date.now() + 1_500).toISOString();
    const said = await kairos.call<Product>('PATCH', '/v1/products/rug', {
      salePrice: 150,
      saleFrom,
    });
    expect(said.priceNow).toBe(200);
    expect(await told('rug', 1)).toMatchObject([
      { properties: { price: 150, on_sale: true, interests: ['viewed'] } },
    ]);
    expect((await kairos.call<Product>('GET', '/v1/products/rug')).priceNow).toBe(150);
  });
});

describe('a product that a crowd wants', () => {
  it('is told to each of them once, though the worker is killed in the middle', async () => {
    await kairos.call('PUT', '/v1/products/hot', { price: 50, currency: 'EUR' });
    const { profiles, events } = kairos.mongo.collections;
    const crowd = 4_000;
    await profiles.insertMany(
      Array.from({ length: crowd }, (_, index) => {
        const id = `crowd-${String(index)}`;
        const interests = [{ product: 'hot', kinds: { wishlist: Date.now() } }];
        return { ...newProfile(id, partitionOf(id), Date.now()), interests, revision: 1 };
      }),
    );
    // By their ids this is one in the middle: nobody behind it is told as long as it is held.
    const release = await holdBack(kairos.mongo, 'crowd-2');
    await kairos.call('PATCH', '/v1/products/hot', { price: 25 });
    const told = { source: 'kairos' as const, 'properties.product_id': 'hot' };
    await kairos.until('the first of them', () => events.findOne(told));
    await kairos.kill('worker');
    expect(await events.countDocuments(told)).toBeLessThan(crowd);
    await release();
    kairos.run('worker');
    await kairos.until(
      'all of them',
      async () =>
        (await events.countDocuments({ ...told, state: 'routed' })) < crowd ? null : true,
      90_000,
    );
    expect(await events.distinct('profileId', told)).toHaveLength(crowd);
    expect(await events.countDocuments(told)).toBe(crowd);
    const left = kairos.mongo.db.collection('productChanges');
    await kairos.until('the end of it', async () =>
      (await left.countDocuments({ product: 'hot' })) > 0 ? null : true,
    );
  }, 180_000);
});

describe('a message', () => {
  const lines = [
    '{% for line in cart %}{{ line.name }}: {{ line.total | money: line.currency }}.{% else %}-{% endfor %}',
    'Also: {% for item in recommendations %}{{ item.name }};{% else %}nothing{% endfor %}',
    '<a href="{{ links.unsubscribe }}">Leave</a>',
  ].join(' ');
  const email = { subject: 'For {{ profile.first_name }}', html: lines };

  it('shows the cart and what sells best by the catalogue of now, as its preview did before', async () => {
    await kairos.call('PUT', '/v1/products/tea', { name: 'Tea', price: 5, currency: 'USD' });
    await kairos.call('PUT', '/v1/products/pot', { name: 'Pot', price: 30, currency: 'USD' });
    await kairos.call('PUT', '/v1/templates/shelf', { languages: { en: { email } } });
    const order = { order_id: 'o1', total: 30, products: [{ product_id: 'pot', quantity: 1 }] };
    await kairos.track('track', { userId: 'gus', event: 'Order Completed', properties: order });
    const traits = { email: 'hal@customer.example', first_name: 'Hal' };
    await kairos.track('identify', { userId: 'hal', traits });
    const properties = { product_id: 'tea', quantity: 3, price: 4 };
    await kairos.track('track', { userId: 'hal', event: 'Product Added', properties });
    await interestedIn('hal', 'tea:cart');
    const sellers = kairos.mongo.db.collection<{ _id: string }>('bestSellers');
    await kairos.until('the best-seller', () => sellers.findOne({ _id: 'pot' }));

    const asked = { profile: 'external:hal' };
    const preview = await kairos.call('POST', '/v1/templates/shelf/preview', asked);
    const html = expect.stringContaining('Tea: $15.00. Also: Pot;');
    const shown = { suppressed: null, language: 'en', findings: [], content: { html } };
    expect(preview).toMatchObject({ channels: { email: shown } });

    const send = { template: 'shelf', channel: 'email' };
    await kairos.publish({
      ...{ key: 'show', name: 'Show', entry: { api: true }, start: 'tell' },
      steps: { tell: { send, next: 'leave' }, leave: { end: 'done' } },
    });
    await kairos.call('POST', '/v1/journeys/show/runs', { profile: 'external:hal' });
    const [mail] = await kairos.until('the mail', async () => {
      const mails = await kairos.inbox('hal@customer.example');
      return mails.length === 0 ? null : mails;
    });
    expect(JSON.stringify(mail?.payload)).toContain('Tea: $15.00. Also: Pot;');
  });

  it('is previewed as on the latest event of a name, or on one event by its id, of this customer alone', async () => {
    const text = { subject: 'Seen', html: '<p>{{ entry.properties.name }}</p>' };
    await kairos.call('PUT', '/v1/templates/seen', { languages: { en: { email: text } } });
    const saw = (userId: string, name: string, messageId: string): Promise<void> =>
      kairos.track('track', { userId, messageId, event: 'Page Seen', properties: { name } });
    await saw('ivy', 'First', 'seen-first');
    await saw('ivy', 'Second', 'seen-second');
    await saw('joe', 'Other', 'seen-other');
    const ids = await kairos.until('their events', async () => {
      const of = { name: 'Page Seen', state: 'routed' } as const;
      const found = await kairos.mongo.collections.events.find(of).toArray();
      const idOf = (name: string): string =>
        found.find(({ properties }) => properties.name === name)?._id ?? '';
      return found.length === 3 ? { first: idOf('First'), other: idOf('Other') } : null;
    });
    const seen = (event: string): Promise<Record<string, unknown>> =>
      kairos.call('POST', '/v1/templates/seen/preview', { profile: 'external:ivy', event });
    const shows = (name: string): object => ({
      event: { name: 'Page Seen' },
      channels: { email: { content: { html: expect.stringContaining(name) } } },
    });
    expect(await seen('Page Seen')).toMatchObject(shows('Second'));
    expect(await seen(ids.first)).toMatchObject(shows('First'));
    await expect(seen(ids.other)).rejects.toThrow('404');
    await expect(seen('Never Said')).rejects.toThrow('404');
  });

  it('can be sent to colleagues, marked as a test, and is no customer’s message', async () => {
    const { messages } = kairos.mongo.collections;
    const before = await messages.countDocuments();
    const to = [{ channel: 'email', address: 'me@shop.example' }];
    const asked = { to, profile: 'external:hal' };
    const sent = await kairos.call('POST', '/v1/templates/shelf/tests', asked);
    expect(sent).toMatchObject({ tests: [{ channel: 'email', status: 'accepted', reason: null }] });
    const [mail] = await kairos.inbox('me@shop.example');
    expect(mail?.payload).toMatchObject({ subject: '[Test] For Hal' });
    // A tool that looks over the mail finds what a customer's has, and may try the link out.
    const { headers } = mail?.payload as { headers: Record<string, string> };
    const link = `${kairos.url}/v1/unsubscribe/preview`;
    expect(headers).toEqual({
      'List-Unsubscribe': `<${link}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': expect.stringMatching(/^<marketing\./),
    });
    const left = await fetch(link, { method: 'POST', body: 'List-Unsubscribe=One-Click' });
    expect([left.status, await left.text()]).toEqual([200, expect.stringContaining('[Test] ')]);
    const { consents } = await kairos.call('GET', '/v1/profiles/external:hal');
    expect(consents).toEqual({});
    expect(await messages.countDocuments()).toBe(before);
    expect(await kairos.call('GET', '/v1/templates/shelf/tests')).toMatchObject({
      data: [{ status: 'accepted', version: 'published', language: 'en' }],
    });
  });

  it('is looked over for a sample of the shop’s people', async () => {
    const report = await kairos.call('POST', '/v1/templates/shelf/lint', { sample: 50 });
    const found = { rule: 'missingValue', channel: 'email', messages: expect.any(Number) };
    expect(report.findings).toEqual([expect.objectContaining(found)]);
  });
});

describe('a feed by the command line', () => {
  it('comes in by its format, and what it lacks is archived where that is asked for', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'kairos-feed-'));
    try {
      const file = path.join(folder, 'feed');
      await writeFile(file, 'id\ttitle\tprice\tavailability\nt1\tTable\t250.00 EUR\tin_stock\n');
      const env = { ...process.env, KAIROS_URL: kairos.url, ...keyOf(kairos) };
      const options = ['--as', 'products', '--format', 'google-merchant', '--missing', 'archive'];
      const asked = ['cli/kairos.mjs', 'import', file, ...options, '--dry-run'];
      const { stdout } = await promisify(execFile)(process.execPath, asked, { env });
      expect(stdout).toContain('1 would be accepted');
      expect(stdout).toMatch(/\d+ products? would be archived/);
      expect((await kairos.call<{ data: unknown[] }>('GET', '/v1/products?q=table')).data).toEqual(
        [],
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function keyOf({ environment }: WholeKairos): Record<string, string> {
  return { KAIROS_ADMIN_KEY: environment.KAIROS_ADMIN_KEY ?? '' };
}
