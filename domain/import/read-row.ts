import type { JsonObject } from '#domain/json.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import { CellReader, type RowFrame } from './cell-reader.ts';
import { hashOf } from './email-hash.ts';
import { orderLine, type OrderLine } from './order-lines.ts';
import type { ImportPlan } from './plan-import.ts';
import { consentCall, eventCall, profileCall } from './row-calls.ts';
import { productOf } from './row-product.ts';
import { CellFault, type Change, type Row, type RowFault } from './row.ts';
import { isSkipped } from './skip-row.ts';

/** What a row says, ready to go in: a tracking call, a line of an order, a product, or a hash. */
export type Taken =
  { call: JsonObject } | { line: OrderLine } | { product: ProductSaid } | { hash: string };

export type ReadRow =
  | { outcome: 'taken'; taken: Taken; changes: readonly Change[] }
  | { outcome: 'skipped' }
  | { outcome: 'rejected'; fault: RowFault };

const READERS: Readonly<Record<ImportPlan['kind'], (cells: CellReader) => Taken>> = {
  profiles: (cells) => ({ call: profileCall(cells) }),
  events: (cells) => ({ call: eventCall(cells) }),
  consents: (cells) => ({ call: consentCall(cells) }),
  orders: (cells) => ({ line: orderLine(cells) }),
  products: (cells) => ({ product: productOf(cells) }),
  audience: (cells) => ({ hash: hashOf(cells) }),
};

/** Reads one row by the plan; a row that cannot be read says why and hurts no other. */
export function readRow(plan: ImportPlan, row: Row, frame: RowFrame): ReadRow {
  if (row.fault !== undefined) {
    const fault = { row: row.number, column: null, detail: row.fault };
    return { outcome: 'rejected', fault };
  }
  if (isSkipped(plan.skips, row.cells)) return { outcome: 'skipped' };
  const cells = new CellReader(plan, row, frame);
  try {
    const taken = READERS[plan.kind](cells);
    return { outcome: 'taken', taken, changes: cells.changes };
  } catch (error) {
    if (!(error instanceof CellFault)) throw error;
    const { column, message } = error;
    return { outcome: 'rejected', fault: { row: row.number, column, detail: message } };
  }
}
