import { describe, expect, it } from '@jest/globals';
import { parseCall } from '#domain/event/tracking.ts';
import { shortHash } from '#domain/short-hash.ts';
import { gatherOrder, type OrderLine } from './order-lines.ts';
import { read, RETAIL, RETAIL_ROW, SAID_AT } from './read-row.example.ts';
import type { ReadRow } from './read-row.ts';

function lineOf(told: ReadRow): OrderLine {
  if (told.outcome === 'taken' && 'line' in told.taken) return told.taken.line;
  throw new Error(JSON.stringify(told));
}

describe('a row of an orders file', () => {
  it('is a line of its order, by the map', () => {
    const line = lineOf(read('orders', RETAIL_ROW, RETAIL));
    expect(line).toMatchObject({
      orderId: '536365',
      who: { userId: '17850' },
      at: Date.parse('2010-12-01T08:26:00Z'),
      item: {
        product_id: '85123A',
        name: 'WHITE HANGING HEART T-LIGHT HOLDER',
        quantity: 6,
        price: 2.55,
      },
      currency: 'GBP',
      attributes: { country: 'United Kingdom' },
    });
  });

  it.each([
    { InvoiceNo: 'C536379' },
    { CustomerID: '' },
    { CustomerID: null },
    { Quantity: '-1' },
    { Quantity: '0' },
  ])('is left out where the map says so: %j', (change) => {
    expect(read('orders', { ...RETAIL_ROW, ...change }, RETAIL).outcome).toBe('skipped');
  });

  it('says row and column of what cannot be read, and quotes nothing', () => {
    const told = read('orders', { ...RETAIL_ROW, InvoiceDate: 'soon' }, RETAIL, 17);
    expect(told).toEqual({
      outcome: 'rejected',
      fault: { row: 17, column: 'InvoiceDate', detail: '"InvoiceDate" does not fit the format.' },
    });
  });

  it('makes one order of all its lines, worth their exact sum', () => {
    const lines = [
      lineOf(read('orders', RETAIL_ROW, RETAIL, 1)),
      lineOf(read('orders', { ...RETAIL_ROW, UnitPrice: '0.1', Quantity: '3' }, RETAIL, 2)),
      lineOf(read('orders', { ...RETAIL_ROW, InvoiceDate: '2010-12-01 08:25:00' }, RETAIL, 3)),
    ];
    const gathered = gatherOrder(lines, shortHash);
    expect(gathered).toMatchObject({
      call: {
        event: 'Order Completed',
        userId: '17850',
        timestamp: '2010-12-01T08:25:00.000Z',
        properties: { order_id: '536365', revenue: 30.9, currency: 'GBP' },
        context: { traits: { country: 'United Kingdom' } },
      },
    });
    const parsed =
      'call' in gathered ? parseCall(gathered.call, { receivedAt: SAID_AT, newId: String }) : null;
    expect(parsed).toMatchObject({ ok: true, call: { properties: { products: { length: 3 } } } });
  });

  it('is refused with its order where the lines name two customers', () => {
    const lines = [
      lineOf(read('orders', RETAIL_ROW, RETAIL, 1)),
      lineOf(read('orders', { ...RETAIL_ROW, CustomerID: '2' }, RETAIL, 2)),
    ];
    const detail = 'The lines of this order name more than one customer.';
    expect(gatherOrder(lines, shortHash)).toEqual({
      faults: [1, 2].map((row) => ({ row, column: null, detail })),
    });
  });

  it('may say the worth of the line, or of the order', () => {
    const row = {
      order_id: 1,
      external_id: 7,
      at: '2026-01-01',
      product_id: 3,
      quantity: 3,
      total: 2,
    };
    expect(lineOf(read('orders', row))).toMatchObject({
      worth: '2',
      item: { price: 0.6667, product_id: '3' },
    });
    const whole = { order_id: 1, external_id: 7, at: '2026-01-01', revenue: '9.90' };
    expect(lineOf(read('orders', whole))).toMatchObject({ worth: null, revenue: '9.90' });
  });
});
