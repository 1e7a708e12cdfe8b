import type { Db } from 'mongodb';
import type { OrderLine } from '#domain/import/order-lines.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';

/** Lines of an import that nobody went on with are gone after this. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Lower than any character an order's id may have: all lines of one order stand together, in the
 * order of their rows, however ids begin with one another.
 */
const MARK = '\u0001';
const AFTER_MARK = '\u0002';
/** Lines read from the server at once. */
const READ_AT_ONCE = 5_000;

interface StagedLine {
  /** `<import>␁<order>␁<row of ten figures>` */
  _id: string;
  line: OrderLine;
  expiresAt: Date;
}

/** Lines of orders that wait for their neighbours: rows of one order may stand anywhere in a file. */
export interface LineStore {
  /** Keeps lines; one that is known already stays as it was. */
  insert(importId: string, lines: readonly OrderLine[], now: number): Promise<void>;
  /** All lines by order and row, from after an order on. */
  sorted(importId: string, afterOrder: string | null): AsyncIterable<OrderLine>;
  remove(importId: string): Promise<void>;
}

export function createLineStore(db: Db): LineStore {
  const staged = db.collection<StagedLine>('importLines');
  return {
    insert: (importId, lines, now) =>
      durably(async () => {
        if (lines.length === 0) return;
        const expiresAt = new Date(now + KEPT_MS);
        const documents = lines.map((line) => ({ _id: keyOf(importId, line), line, expiresAt }));
        try {
          // Durable before the place in the file moves on: what a crash of the database took with
          // it would be missing in its order, and nobody would know.
          await staged.insertMany(documents, { ordered: false });
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
        }
      }),
    async *sorted(importId, afterOrder) {
      const after =
        afterOrder === null ? `${importId}${MARK}` : `${importId}${MARK}${afterOrder}${AFTER_MARK}`;
      const cursor = staged
        .find(
          { _id: { $gt: after, $lt: `${importId}${AFTER_MARK}` } },
          { sort: { _id: 1 }, batchSize: READ_AT_ONCE, readConcern: { level: 'local' } },
        )
        .project<Pick<StagedLine, 'line'>>({ line: 1, _id: 0 });
      for await (const { line } of cursor) yield line;
    },
    remove: (importId) =>
      durably(async () => {
        const range = { $gt: `${importId}${MARK}`, $lt: `${importId}${AFTER_MARK}` };
        await staged.deleteMany({ _id: range });
      }),
  };
}

function keyOf(importId: string, { orderId, row }: OrderLine): string {
  return `${importId}${MARK}${orderId}${MARK}${String(row).padStart(10, '0')}`;
}
