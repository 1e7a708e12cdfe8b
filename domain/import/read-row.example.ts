import type { Json } from '#domain/json.ts';
import { shortHash } from '#domain/short-hash.ts';
import { parseImportMap, type ImportKind } from './import-map.ts';
import { planImport } from './plan-import.ts';
import { readRow, type ReadRow } from './read-row.ts';

const tools = {
  email: (text: string) => (text.includes('@') ? text.trim().toLowerCase() : null),
  phone: (text: string) => (/^\+\d+$/.test(text) ? text : null),
  hash: shortHash,
};
/** When a row that names no date of its own was said. */
export const SAID_AT = Date.parse('2026-06-01T00:00:00Z');
export const defaults = { currency: 'USD', zone: 'UTC' };

/** Reads one row of a file whose header is the row's names. */
export function read(
  kind: ImportKind,
  row: Readonly<Record<string, Json>>,
  map: unknown = null,
  number = 1,
): ReadRow {
  const parsed = map === null ? null : parseImportMap(map);
  const plan = planImport(kind, Object.keys(row), parsed, defaults);
  const frame = { importId: 'i', saidAt: SAID_AT, tools };
  return readRow(plan, { number, cells: Object.values(row) }, frame);
}

/** The map of the contract, word for word. */
export const RETAIL = {
  order_id: 'InvoiceNo',
  external_id: 'CustomerID',
  at: { column: 'InvoiceDate', format: 'yyyy-MM-dd HH:mm:ss', zone: 'Europe/London' },
  line: {
    product_id: 'StockCode',
    name: 'Description',
    quantity: 'Quantity',
    price: 'UnitPrice',
  },
  attributes: { country: 'Country' },
  currency: 'GBP',
  skip: [
    { column: 'InvoiceNo', startsWith: 'C' },
    { column: 'CustomerID', empty: true },
    { column: 'Quantity', lte: 0 },
  ],
};
export const RETAIL_ROW = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER ',
  Quantity: '6',
  InvoiceDate: '2010-12-01 08:26:00',
  UnitPrice: '2.55',
  CustomerID: '17850',
  Country: 'United Kingdom',
};
