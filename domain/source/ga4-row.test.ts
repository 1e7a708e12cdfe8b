import { describe, expect, it } from '@jest/globals';
import { planImport } from '#domain/import/plan-import.ts';
import { isSkipped } from '#domain/import/skip-row.ts';
import type { JsonObject } from '#domain/json.ts';
import { ga4Cells, ga4Columns } from '#domain/source/ga4-row.ts';
import { pullMap } from '#domain/source/source-map.ts';
import { parseSource } from '#domain/source/source.ts';

/** As the export writes a purchase, cut to what is read. */
const PURCHASE: JsonObject = {
  event_name: 'purchase',
  event_timestamp: 1_763_812_800_123_456,
  event_bundle_sequence_id: 7,
  user_pseudo_id: '1234.5678',
  user_id: 'c42',
  event_params: [
    { key: 'currency', value: { string_value: 'EUR', int_value: null, double_value: null } },
    { key: 'value', value: { string_value: null, int_value: null, double_value: 25.5 } },
    { key: 'ga_session_id', value: { string_value: null, int_value: 99, double_value: null } },
    { key: 'page_location', value: { string_value: 'https://shop.example/thanks' } },
  ],
  ecommerce: { transaction_id: 'T-1', purchase_revenue: 25.5, tax_value: 4, shipping_value: null },
  items: [
    { item_id: 'SKU1', item_name: 'Cup', price: 10.25, quantity: 2, item_brand: 'Clay' },
    { item_id: '77', item_name: 'Spoon', price: 5, quantity: 1 },
  ],
  platform: 'WEB',
  traffic_source: { source: 'google', medium: 'cpc', name: 'spring' },
};

const hash = (text: string): string => String(text.length);

function read(row: JsonObject): JsonObject {
  const cells = ga4Cells(Object.keys(row), Object.values(row), hash);
  return Object.fromEntries(ga4Columns().map((column, at) => [column, cells[at] ?? null]));
}

describe('a row of Google Analytics', () => {
  it('is an order by Segment’s names', () => {
    expect(read(PURCHASE)).toMatchObject({
      external_id: 'c42',
      anonymous_id: 'ga:1234.5678',
      event: 'Order Completed',
      at: '2025-11-22T12:00:00.123Z',
      properties: {
        order_id: 'T-1',
        revenue: 25.5,
        tax: 4,
        currency: 'EUR',
        url: 'https://shop.example/thanks',
        products: [
          { product_id: 'SKU1', name: 'Cup', price: 10.25, quantity: 2, brand: 'Clay' },
          { product_id: '77', name: 'Spoon', price: 5, quantity: 1 },
        ],
        utm_source: 'google',
      },
    });
    expect(read(PURCHASE).properties).not.toHaveProperty('ga_session_id');
  });

  it('about one product has its facts beside the others', () => {
    const items = [{ item_id: 'SKU1', item_name: 'Cup', price: 10.25 }];
    const added = read({ ...PURCHASE, event_name: 'add_to_cart', ecommerce: null, items });
    expect(added).toMatchObject({
      event: 'Product Added',
      properties: { product_id: 'SKU1', name: 'Cup', price: 10.25 },
    });
    expect(added.properties).not.toHaveProperty('products');
  });

  it('keeps the name of an event that Google does not know', () => {
    expect(read({ ...PURCHASE, event_name: 'quiz_finished' }).event).toBe('quiz_finished');
  });

  it('that Kairos told Google of itself is left out', () => {
    const source = parseSource({
      kind: 'bigquery',
      connection: 'GA',
      preset: 'ga4',
      dataset: 'analytics_1',
      as: 'events',
    });
    const defaults = { currency: 'EUR', zone: 'UTC' };
    const plan = planImport('events', ga4Columns(), pullMap(source, 'number'), defaults);
    const mark = { key: 'kairos_event', value: { string_value: '0123456789abcdef' } };
    const isLeft = (row: JsonObject): boolean =>
      isSkipped(plan.skips, ga4Cells(Object.keys(row), Object.values(row), hash));
    expect(isLeft(PURCHASE)).toBe(false);
    expect(isLeft({ ...PURCHASE, event_params: [mark] })).toBe(true);
    expect(Object.keys(plan.properties)).toEqual(['properties']);
  });

  it('of nobody and nothing is rejected later, not here', () => {
    const cells = ga4Cells(['event_name'], [null], hash);
    expect(cells.slice(0, 4)).toEqual([null, null, null, null]);
  });
});
