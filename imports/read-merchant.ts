import { COLUMNS_MAX } from '#domain/import/check-header.ts';
import type { Row } from '#domain/import/row.ts';
import type { Json } from '#domain/json.ts';
import { DomainError } from '#domain/errors.ts';
import { openCsv, surveyCsv } from './read-csv.ts';
import { readItems } from './read-feed-items.ts';
import { inBatches, type Survey, type Table } from './table.ts';
import type { StoredFile } from './upload-store.ts';

/** White space before the first sign of a file, if there is any. */
const HEAD_BYTES = 1_024;

/**
 * Looks through a feed of Google Merchant's format: RSS 2.0, RSS 1.0 or Atom with elements of the
 * namespace `g`, or a text table. @throws DomainError `malformed` where it is neither.
 */
export async function surveyMerchant(file: StoredFile): Promise<Survey> {
  if (!(await isXml(file))) return surveyCsv(file);
  const columns = new Set<string>();
  let total = 0;
  for await (const { names } of readItems(file)) {
    total += 1;
    for (const name of names) columns.add(name);
    if (columns.size > COLUMNS_MAX) {
      const detail = `The items use more than ${String(COLUMNS_MAX)} different names.`;
      throw new DomainError('invalid', detail);
    }
  }
  if (total === 0) {
    const detail = 'The feed has no product: there is no `item` (RSS) and no `entry` (Atom) in it.';
    throw new DomainError('malformed', detail);
  }
  return { columns: [...columns], total };
}

/** The same as a table: a product is a row, what it lacks is null. */
export function openMerchant(file: StoredFile, columns: readonly string[]): Table {
  return { columns, rows: (after) => inBatches(rowsOf(file, columns), after) };
}

async function* rowsOf(file: StoredFile, columns: readonly string[]): AsyncGenerator<Row> {
  if (!(await isXml(file))) {
    for await (const rows of openCsv(file, columns).rows(0)) yield* rows;
    return;
  }
  let number = 0;
  for await (const { names, values } of readItems(file)) {
    number += 1;
    const cells = new Map<string, Json>(names.map((name, place) => [name, values[place] ?? null]));
    yield { number, cells: columns.map((name) => cells.get(name) ?? null) };
  }
}

async function isXml(file: StoredFile): Promise<boolean> {
  const head = await file.slice(0, Math.min(file.size, HEAD_BYTES));
  return head.toString('utf8').trimStart().startsWith('<');
}
