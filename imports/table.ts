import type { Row } from '#domain/import/row.ts';

/** Characters of one row: an event may have 32 KB, and nobody types a megabyte into a cell. */
export const ROW_CHARS_MAX = 1024 * 1024;
/** Rows handed on at once: enough to make a batch of, little enough to hold. */
export const ROWS_AT_ONCE = 500;

/** A file as a table. */
export interface Table {
  columns: readonly string[];
  /** Rows after a number, in order, some at once; they are read as they are asked for. */
  rows(after: number): AsyncIterable<readonly Row[]>;
}

/** What was found out about a file before anything is done with it. */
export interface Survey {
  columns: string[];
  total: number;
}

/** Rows one by one as batches of ROWS_AT_ONCE, those up to `after` left out. */
export async function* inBatches(
  rows: AsyncIterable<Row>,
  after: number,
): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = [];
  for await (const row of rows) {
    if (row.number <= after) continue;
    batch.push(row);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
