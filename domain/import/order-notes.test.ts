import { describe, expect, it } from '@jest/globals';
import type { Json } from '#domain/json.ts';
import { shortHash } from '#domain/short-hash.ts';
import { orderNotes } from './order-notes.ts';
import type { OrderLine } from './order-lines.ts';
import { planImport } from './plan-import.ts';
import { readRow } from './read-row.ts';

const tools = { email: String, phone: String, hash: shortHash };
const ROW = { order_id: 'r1', customer_id: 'c7', date: '2026-11-02', quantity: 1 };

function notesOf(...rows: Record<string, Json>[]): string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const plan = planImport('orders', columns, null, { currency: 'USD', zone: 'UTC' });
  const lines = rows.map((row, at): OrderLine => {
    const cells = columns.map((column) => row[column] ?? null);
    const frame = { importId: 'i', saidAt: 0, tools };
    const read = readRow(plan, { number: at + 1, cells }, frame);
    if (read.outcome === 'taken' && 'line' in read.taken) return read.taken.line;
    throw new Error(JSON.stringify(read));
  });
  return orderNotes(lines, plan).map(({ column, change }) => `${column}: ${change}`);
}

describe('Of an order the report says', () => {
  it('nothing where its lines agree', () => {
    expect(notesOf({ ...ROW, price: 5 }, { ...ROW, price: 5 })).toEqual([]);
    expect(notesOf({ ...ROW, total: 100 })).toEqual([]);
    expect(notesOf({ ...ROW, total: 100 }, { ...ROW, total: 60 })).toEqual([]);
    expect(notesOf({ ...ROW, total: 0 }, { ...ROW, total: 0 })).toEqual([]);
    expect(notesOf({ ...ROW, revenue: 160 }, { ...ROW, revenue: 160 })).toEqual([]);
  });

  it('that a total which stands on every line was added up', () => {
    expect(notesOf({ ...ROW, amount: 100 }, { ...ROW, amount: 100 })).toEqual([
      expect.stringMatching(/^amount: the same on every line .*`revenue`$/),
    ]);
  });

  it('which of its dates and amounts counts', () => {
    const [one, two] = [ROW, { ...ROW, date: '2026-11-03' }];
    expect(notesOf({ ...one, order_total: 160 }, { ...two, order_total: 170 })).toEqual([
      'date: lines of one order at different times: the earliest counts',
      'order_total: lines of one order name different amounts: that of its first line counts',
    ]);
  });

  it('that its money counts apart where it is in another currency than the shop', () => {
    expect(notesOf({ ...ROW, price: 5, currency: 'EUR' })).toEqual([
      'currency: orders in EUR, while the shop reckons in USD: they count in spent_by_currency, not in total_spent',
    ]);
  });
});
