import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BATCH_EXAMPLE, PRODUCT_EXAMPLE } from '#api/product-examples.ts';
import { pointersOf, TestApi, type Answer } from '#test/support/api-process.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start('kairos-test-products');
});
afterAll(async () => {
  await api.stop();
});
beforeEach(async () => {
  await api.mongo.db.collection('products').deleteMany({});
});

const call = (method: string, path: string, json?: unknown): Promise<Answer> =>
  api.call(`/v1/products${path}`, { method, ...(json === undefined ? {} : { json }) });
const listed = async (query: string): Promise<unknown[]> => {
  const { body, text } = await call('GET', `?${query}`);
  if (!Array.isArray(body.data)) throw new Error(text);
  return body.data.map(({ product_id: id }: { product_id: string }) => id);
};

describe('a product by API', () => {
  it('is made, said again without a change, changed in part, and said as a whole', async () => {
    expect(await call('PUT', '/desk-lamp', PRODUCT_EXAMPLE)).toMatchObject({ status: 201 });
    const again = await call('PUT', '/desk-lamp', PRODUCT_EXAMPLE);
    expect(again).toMatchObject({
      status: 200,
      body: { product_id: 'desk-lamp', price: 49.9, salePrice: 39.9, availability: 'in_stock' },
    });
    const { updatedAt } = again.body;
    expect((await call('GET', '/desk-lamp')).body).toMatchObject({ updatedAt, brand: 'Lumen' });
    const patch = { price: 59, brand: null, attributes: { watt: 11 } };
    expect((await call('PATCH', '/desk-lamp', patch)).body).toMatchObject({
      ...{ price: 59, currency: 'EUR', brand: null, stock: 120 },
      attributes: { color: 'black', watt: 11 },
    });
    expect((await call('PUT', '/desk-lamp', { name: 'Lamp' })).body).toMatchObject({
      ...{ name: 'Lamp', price: null, stock: null, attributes: {}, languages: {} },
    });
    const { body } = await call('GET', '/desk-lamp/history');
    expect(body.data).toMatchObject([{ price: null }, { price: 59, stock: 120 }, { price: 49.9 }]);
  });

  it('has no more attributes than it has room for: one more is refused', async () => {
    const attributes = (count: number, letter: string): Record<string, number> =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${letter}${String(at)}`, at]));
    await call('PUT', '/wide', { attributes: attributes(400, 'a') });
    const more = { attributes: attributes(200, 'b') };
    const refused = await call('PATCH', '/wide', more);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('at most 500');
    const batch = {
      products: [
        { product_id: 'wide', ...more },
        { product_id: 'slim', price: 1 },
      ],
    };
    expect((await call('POST', '/batch', batch)).body.data).toMatchObject([
      { outcome: 'rejected', errors: [{ pointer: '#/attributes' }] },
      { outcome: 'created' },
    ]);
    const { body } = await call('GET', '/wide');
    expect(Object.keys(body.attributes as object)).toHaveLength(400);
  });

  it('is archived, found among those, and sold again', async () => {
    await call('PUT', '/a', { price: 1 });
    expect((await call('DELETE', '/a')).body.archivedAt).not.toBeNull();
    expect([await listed(''), await listed('archived=true')]).toEqual([[], ['a']]);
    expect((await call('PUT', '/a', { price: 1 })).body.archivedAt).toBeNull();
    expect(await listed('')).toEqual(['a']);
  });

  it('is found by words, category, brand and whether it can be had, page by page', async () => {
    await call('PUT', '/l1', { ...PRODUCT_EXAMPLE, name: 'Größe Lampe' });
    await call('PUT', '/l2', { ...PRODUCT_EXAMPLE, stock: 0 });
    await call('PUT', '/l3', { name: 'Desk', availability: 'preorder' });
    expect(await listed('q=lam%20DESK')).toEqual(['l2']);
    expect(await listed('q=gr%C3%B6%C3%9F')).toEqual(['l1']);
    expect(await listed('q=.*')).toEqual([]);
    expect(await listed('category=Lamps&availability=out_of_stock')).toEqual(['l2']);
    expect(await listed('brand=Lumen')).toEqual(['l1', 'l2']);
    expect(await listed('availability=preorder')).toEqual(['l3']);
    const first = await call('GET', '?limit=2');
    expect(await listed(`limit=2&cursor=${String(first.body.next)}`)).toEqual(['l3']);
  });

  it('in a batch are taken one by one; of bad ones the faults are told', async () => {
    const products = [...BATCH_EXAMPLE.products, { product_id: 'x', price: -1 }, { price: 1 }];
    const { body, status } = await call('POST', '/batch', { products });
    expect(status).toBe(200);
    expect(body.data).toMatchObject([
      { product_id: 'desk-lamp', outcome: 'created' },
      { product_id: 'floor-lamp', outcome: 'created' },
      { index: 2, outcome: 'rejected', errors: [{ pointer: '#/price' }] },
      { index: 3, outcome: 'rejected', errors: [{ pointer: '#/product_id' }] },
    ]);
    expect((await call('POST', '/batch', BATCH_EXAMPLE)).body.data).toMatchObject([
      { outcome: 'unchanged' },
      { outcome: 'unchanged' },
    ]);
    expect((await call('POST', '/batch', { products: [{ price: 1 }] })).status).toBe(422);
    const many = Array.from({ length: 501 }, (_, at) => ({ product_id: String(at) }));
    expect((await call('POST', '/batch', { products: many })).status).toBe(422);
  });

  it.each([
    [{ price: '5' }, '#/price'],
    [{ price: -1 }, '#/price'],
    [{ currency: 'EUR' }, '#/currency'],
    [{ price: 5, currency: 'EURO' }, '#/currency'],
    [{ salePrice: 5, saleFrom: '2026-11-27' }, '#/saleFrom'],
    [{ saleFrom: '2026-11-27T00:00:00Z', saleUntil: '2026-11-26T00:00:00Z' }, '#/saleUntil'],
    [{ availability: 'in stock' }, '#/availability'],
    [{ languages: { 'no language': { name: 'x' } } }, '#/languages'],
    [{ attributes: { 'a.b': 1 } }, '#/attributes'],
    [{ categories: ['x'.repeat(301)] }, '#/categories/0'],
    [{ proce: 5 }, '#/proce'],
  ])('%j is refused with its place, and nothing is changed', async (body, pointer) => {
    const answer = await call('PUT', '/p', body);
    expect(answer.status).toBe(422);
    expect(pointersOf(answer).some((one) => one.startsWith(pointer))).toBe(true);
    expect((await call('GET', '/p')).status).toBe(404);
  });

  it('that is not known cannot be changed or archived', async () => {
    for (const method of ['PATCH', 'DELETE']) {
      const json = method === 'PATCH' ? { stock: 1 } : undefined;
      expect((await call(method, '/nobody', json)).status).toBe(404);
    }
    expect((await call('PUT', `/${'x'.repeat(301)}`, { stock: 1 })).status).toBe(422);
  });
});

describe('a feed of the whole catalogue', () => {
  const feedOf = (ids: readonly string[]): string => {
    const items = ids.map((id) => `<item><g:id>${id}</g:id><g:price>5 EUR</g:price></item>`);
    return `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>${items.join('')}</channel></rss>`;
  };
  async function send(body: string, query: string): Promise<Record<string, unknown>> {
    const type = 'application/xml';
    const made = await api.call(`/v1/imports?as=products${query}`, { method: 'POST', body, type });
    if (made.status !== 202) return { status: made.status, text: made.text };
    for (;;) {
      const { body: read } = await api.call(`/v1/imports/${String(made.body.id)}`);
      if (read.status !== 'running') return read;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const ids = Array.from({ length: 40 }, (_, at) => `f${String(at).padStart(2, '0')}`);

  it('archives what it does not name, where that is asked for, and sells again what it names', async () => {
    expect(await send(feedOf(ids), '')).toMatchObject({ accepted: 40, archived: null });
    const fewer = feedOf(ids.slice(0, 30)).replace('<g:price>5 EUR', '<g:price>dear');
    expect(await send(fewer, '')).toMatchObject({ rejected: 1, archived: null });
    expect(await send(fewer, '&missing=archive&dryRun=true')).toMatchObject({ archived: 10 });
    expect(await listed('archived=true')).toEqual([]);
    expect(await send(fewer, '&missing=archive')).toMatchObject({
      ...{ status: 'completed', rejected: 1, archived: 10 },
    });
    expect(await listed('archived=true')).toEqual(ids.slice(30));
    expect(await send(feedOf(ids), '&missing=archive')).toMatchObject({ archived: 0 });
    expect(await listed('archived=true')).toEqual([]);
  });

  it('that lacks more than half of it archives nothing, and says so', async () => {
    await send(feedOf(ids), '');
    expect(await send(feedOf(ids.slice(0, 5)), '&missing=archive')).toMatchObject({
      ...{ status: 'failed', accepted: 5 },
      failure: expect.stringMatching(/lacks 35 of 40 products/) as unknown,
    });
    expect(await listed('archived=true')).toEqual([]);
  });

  it('holds products and nothing else', async () => {
    const customers = await api.call('/v1/imports?as=profiles&format=google-merchant', {
      method: 'POST',
      body: feedOf(ids),
      type: 'text/csv',
    });
    expect(customers.status).toBe(422);
    const orders = await api.call('/v1/imports?as=profiles&missing=archive', {
      method: 'POST',
      body: 'external_id\n1\n',
      type: 'text/csv',
    });
    expect(orders.status).toBe(422);
  });

  it('in the charset it declares is read in it', async () => {
    const text = `<?xml version="1.0" encoding="windows-1251"?><rss xmlns:g="http://base.google.com/ns/1.0"><item><g:id>1</g:id><g:title>\u041b</g:title></item></rss>`;
    // The one letter beyond ASCII, as that charset has it.
    const bytes = Buffer.from(text.replace('\u041b', '\u00cb'), 'latin1');
    const made = await api.call('/v1/imports?as=products', {
      method: 'POST',
      body: bytes,
      type: 'application/xml',
    });
    expect(made.status).toBe(202);
    expect(await send(feedOf(['2']), '')).toMatchObject({ accepted: 1 });
    expect((await call('GET', '/1')).body).toMatchObject({ name: '\u041b' });
  });
});
