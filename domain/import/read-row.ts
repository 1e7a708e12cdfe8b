import { inspectJson } from '#domain/event/inspect-json.ts';
import type { JsonObject } from '#domain/json.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import { CellReader, UNFIT, type RowFrame } from './cell-reader.ts';
import { hashOf } from './email-hash.ts';
import { orderLine, type OrderLine } from './order-lines.ts';
import type { ImportPlan } from './import-plan.ts';
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
  const unfit = unfitCell(plan, row);
  if (unfit !== null) return { outcome: 'rejected', fault: unfit };
  if (isSkipped(plan.skips, row.cells, plan.decimal)) return { outcome: 'skipped' };
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

/**
 * Lists and objects that nothing may be made of: nested so deep that whoever walks them exhausts the
 * stack, or with keys that no database keeps. Looked at before anybody walks them.
 */
function unfitCell({ columns, ignored }: ImportPlan, { cells, number: row }: Row): RowFault | null {
  for (const [at, cell] of cells.entries()) {
    if (typeof cell !== 'object' || cell === null) continue;
    if (inspectJson(cell).faults.length === 0) continue;
    const column = columns[at] ?? null;
    if (column !== null && ignored.includes(column)) continue;
    return { row, column, detail: `"${column ?? 'This'}" ${UNFIT}.` };
  }
  return null;
}
