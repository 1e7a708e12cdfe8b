import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#domain/errors.ts';
import { planImport } from '#domain/import/plan-import.ts';
import { readRow, type ReadRow } from '#domain/import/read-row.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import { openMerchant, surveyMerchant } from './read-merchant.ts';
import type { StoredFile } from './upload-store.ts';

/** A file in memory, that comes in pieces of so many bytes. */
function fileOf(text: string, pieceBytes = 7): StoredFile {
  const bytes = Buffer.from(text);
  return {
    size: bytes.length,
    // eslint-disable-next-line @typescript-eslint/require-await
    async *stream() {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        yield bytes.subarray(at, at + pieceBytes);
      }
    },
    slice: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
}

const FRAME = {
  importId: 'i',
  saidAt: 0,
  tools: { email: () => null, phone: () => null, hash: (text: string) => text },
};

async function read(text: string, pieceBytes?: number): Promise<ReadRow[]> {
  const file = fileOf(text, pieceBytes);
  const { columns, total } = await surveyMerchant(file);
  const plan = planImport('products', columns, null, {
    currency: 'EUR',
    zone: 'UTC',
    isFeed: true,
  });
  const rows: ReadRow[] = [];
  for await (const some of openMerchant(file, columns).rows(0)) {
    rows.push(...some.map((row) => readRow(plan, row, FRAME)));
  }
  expect(rows).toHaveLength(total);
  return rows;
}

async function products(text: string): Promise<ProductSaid[]> {
  return (await read(text)).map((row) => {
    if (row.outcome !== 'taken' || !('product' in row.taken)) throw new Error(JSON.stringify(row));
    return row.taken.product;
  });
}

const rss = (items: string, prefix = 'g'): string =>
  `<?xml version="1.0"?>\n<rss version="2.0" xmlns:${prefix}="http://base.google.com/ns/1.0"><channel><title>Shop</title><link>https://shop.example</link>${items}</channel></rss>`;

const ITEM = `<item>
  <g:id>P1</g:id>
  <title>Boots &amp; more</title>
  <description><![CDATA[Warm <b>boots</b>]]></description>
  <link>https://shop.example/p1</link>
  <pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate>
  <g:image_link>https://shop.example/p1.jpg</g:image_link>
  <g:additional_image_link>https://shop.example/p1-a.jpg</g:additional_image_link>
  <g:additional_image_link>https://shop.example/p1-b.jpg</g:additional_image_link>
  <g:availability>in stock</g:availability>
  <g:price>115.00 USD</g:price>
  <g:sale_price>99.50 USD</g:sale_price>
  <g:sale_price_effective_date>2026-11-27T00:00+0200/2026-11-30</g:sale_price_effective_date>
  <g:google_product_category>187</g:google_product_category>
  <g:product_type>Shoes &gt; Boots</g:product_type>
  <g:brand>Alp</g:brand>
  <g:gtin>0012345678905</g:gtin>
  <g:mpn>8812</g:mpn>
  <g:item_group_id>G1</g:item_group_id>
  <g:color>Black</g:color>
  <g:size>42</g:size>
  <g:custom_label_0>winter</g:custom_label_0>
  <g:shipping><g:country>UA</g:country><g:price>5.00 USD</g:price></g:shipping>
</item>`;

describe('a feed of Google Merchant', () => {
  it('as RSS says everything there is to say of a product', async () => {
    expect(await products(rss(ITEM))).toEqual([
      {
        id: 'P1',
        language: null,
        isArchived: false,
        texts: {
          name: 'Boots & more',
          description: 'Warm <b>boots</b>',
          url: 'https://shop.example/p1',
        },
        facts: {
          price: 11_500,
          currency: 'USD',
          salePrice: 9_950,
          saleFrom: Date.parse('2026-11-26T22:00:00Z'),
          saleUntil: Date.parse('2026-12-01T00:00:00Z'),
          categories: ['Shoes', 'Boots'],
          brand: 'Alp',
          image: 'https://shop.example/p1.jpg',
          availability: 'in_stock',
        },
        attributes: {
          additional_image_link: ['https://shop.example/p1-a.jpg', 'https://shop.example/p1-b.jpg'],
          google_product_category: 187,
          gtin: '0012345678905',
          mpn: '8812',
          item_group_id: 'G1',
          color: 'Black',
          size: 42,
          custom_label_0: 'winter',
          shipping: { country: 'UA', price: '5.00 USD' },
        },
      },
    ]);
  });

  it('may call its namespace what it likes, and says it before RSS does', async () => {
    const items = `<item><x:title>Ours</x:title><title>Theirs</title><x:id>1</x:id><m:rating xmlns:m="urn:m">5</m:rating></item>`;
    expect(await products(rss(items, 'x'))).toMatchObject([
      { id: '1', texts: { name: 'Ours' }, attributes: {} },
    ]);
  });

  it('as Atom leads where its link leads', async () => {
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
      <title>Shop</title><entry><id>urn:1</id><g:id>A1</g:id><title>Lamp</title><updated>2026-11-22T10:00:00Z</updated>
      <link rel="self" href="https://shop.example/self"/><link href="https://shop.example/lamp"/><g:price>5 EUR</g:price></entry></feed>`;
    const [lamp] = await products(feed);
    expect(lamp).toMatchObject({ id: 'A1', texts: { name: 'Lamp' }, facts: { price: 500 } });
    expect(JSON.stringify(lamp)).toContain('https://shop.example/lamp');
  });

  it('as a text table is the same', async () => {
    const table = [
      ['id', 'title', 'link', 'image link', 'availability', 'price', 'sale price', 'brand', 'gtin'],
      [
        'T1',
        'Lamp "Neo"',
        'https://x.example/1',
        'https://x.example/1.jpg',
        'out_of_stock',
        '15,00 EUR',
        '',
        'Neo',
        '0041',
      ],
    ];
    expect(await products(table.map((cells) => cells.join('\t')).join('\n'))).toMatchObject([
      {
        id: 'T1',
        texts: { name: 'Lamp "Neo"' },
        facts: { price: 1_500, salePrice: null, availability: 'out_of_stock', brand: 'Neo' },
        attributes: { gtin: '0041' },
      },
    ]);
  });

  it('ends a sale that it no longer names, and sells nothing that is discontinued', async () => {
    const items =
      '<item><g:id>1</g:id><g:price>5 EUR</g:price></item><item><g:id>2</g:id><g:availability>discontinued</g:availability></item>';
    const [one, two] = await products(rss(items));
    expect(one?.facts).toEqual({
      price: 500,
      currency: 'EUR',
      salePrice: null,
      saleFrom: null,
      saleUntil: null,
    });
    expect(two?.isArchived).toBe(true);
  });

  it('says of which prices the currency was assumed, and which links lead nowhere', async () => {
    const items =
      '<item><g:id>1</g:id><g:price>5</g:price><link>p1.html</link></item><item><g:id>2</g:id><g:price>5 EUR</g:price><link>https://shop.example/p2</link></item>';
    const rows = await read(rss(items));
    expect(rows.map((row) => (row.outcome === 'taken' ? row.changes : row))).toEqual([
      [
        { column: 'link', change: 'kept, though it is no https:// address' },
        { column: 'price', change: 'a price without a currency taken for EUR' },
      ],
      [{ column: 'price', change: 'signs and marks of an amount left out' }],
    ]);
  });

  it('tells which of its products cannot be read, and why, and takes the others', async () => {
    const items = [
      '<g:id>1</g:id><g:price>dear</g:price>',
      '<g:title>No id</g:title>',
      '<g:id>3</g:id><g:availability>perhaps</g:availability>',
      '<g:id>4</g:id><g:price>5 EUR</g:price><g:sale_price>4 USD</g:sale_price>',
      '<g:id>5</g:id><g:sale_price>4 EUR</g:sale_price><g:sale_price_effective_date>soon</g:sale_price_effective_date>',
      `<g:id>${'x'.repeat(301)}</g:id>`,
      '<g:id>7</g:id>',
    ];
    const rows = await read(rss(items.map((item) => `<item>${item}</item>`).join('')));
    expect(
      rows.map((row) => (row.outcome === 'rejected' ? row.fault.column : row.outcome)),
    ).toEqual([
      'price',
      'id',
      'availability',
      'sale_price',
      'sale_price_effective_date',
      'id',
      'taken',
    ]);
  });

  it('goes on after any of its products, as an import does after a crash', async () => {
    const items = ['1', '2', '3'].map((id) => `<item><g:id>${id}</g:id></item>`);
    for (const text of [rss(items.join('')), 'id\ttitle\n1\ta\n2\tb\n3\tc\n']) {
      const file = fileOf(text);
      const { columns } = await surveyMerchant(file);
      const left: unknown[] = [];
      for await (const rows of openMerchant(file, columns).rows(2)) {
        left.push(...rows.map(({ number, cells }) => [number, cells[0]]));
      }
      expect(left).toEqual([[3, '3']]);
    }
  });

  it('is read the same however it is cut into pieces', async () => {
    const feed = rss(ITEM.replace('Boots', 'Чоботи — 靴 👢'));
    const [whole, bytes] = await Promise.all([read(feed, 1_000_000), read(feed, 1)]);
    expect(bytes).toEqual(whole);
  });
});

describe('what is no such feed', () => {
  const BOMB = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>`;
  it.each([
    ['a feed cut off', rss(ITEM).slice(0, -40), /no well-formed XML/],
    ['tags that cross', rss('<item><g:id>1</item></g:id>'), /no well-formed XML.*line 2/],
    ['a prefix from nowhere', rss('<item><h:id>1</h:id></item>'), /prefix/],
    ['an entity of its own', rss('<item><g:id>&nbsp;</g:id></item>'), /no well-formed XML/],
    ['a document type', `<?xml version="1.0"?>${BOMB}${rss('').slice(21)}`, /DOCTYPE/],
    [
      'one that reads a file',
      `<!DOCTYPE rss SYSTEM "file:///etc/passwd">${rss('').slice(21)}`,
      /DOCTYPE/,
    ],
    [
      'a text of 2 MB',
      rss(`<item><g:id>1</g:id><g:title>${'x'.repeat(2_000_000)}</g:title></item>`),
      /longer than 1 MB/,
    ],
    ['a tag of 2 MB', rss(`<item><g:${'x'.repeat(2_000_000)}/></item>`), /well-formed/],
    [
      'a tower of elements',
      rss(`<item>${'<g:a>'.repeat(100)}${'</g:a>'.repeat(100)}</item>`),
      /nested deeper/,
    ],
    [
      'ten thousand elements in one',
      rss(
        `<item>${Array.from({ length: 10_000 }, (_, at) => `<g:a${String(at)}/>`).join('')}</item>`,
      ),
      /more than 2000 elements/,
    ],
    ['an HTML page', '<!doctype html><html><body>Not found</body></html>', /DOCTYPE|well-formed/],
    ['a feed of nothing', rss(''), /no product/],
    [
      'a name that JavaScript means something by',
      rss('<item><g:id>1</g:id><g:__proto__>x</g:__proto__></item>'),
      /strange/,
    ],
  ])('is refused whole: %s', async (_, text, sentence) => {
    const refused = surveyMerchant(fileOf(text, 50_000));
    await expect(refused).rejects.toThrow(DomainError);
    await expect(surveyMerchant(fileOf(text, 50_000))).rejects.toThrow(sentence);
  });
});
