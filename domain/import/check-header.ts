import { DomainError, invalid, type Fault } from '#domain/errors.ts';
import { quote } from '#domain/journey/explain-issue.ts';
import { pointerToken } from '#domain/json-guard.ts';
import type { ImportKind, ImportMap } from './import-map.ts';
import { plainName } from './known-columns.ts';

/** Columns of a table; a spreadsheet ends at 16,384, and nobody's customers have a thousand facts. */
export const COLUMNS_MAX = 1_000;

/** What no name of a column may have: neither a database nor JavaScript would keep it. */
const UNUSABLE = /\u0000|^__proto__$/;

/** @throws DomainError `invalid` for too many columns, or one that is there twice or has no usable name. */
export function checkHeader(columns: readonly string[]): void {
  if (columns.length > COLUMNS_MAX) {
    throw new DomainError(
      'invalid',
      `The file has ${String(columns.length)} columns; at most ${String(COLUMNS_MAX)} can be read.`,
    );
  }
  const seen = new Set<string>();
  const faults: Fault[] = [];
  for (const column of columns) {
    if (seen.has(column)) {
      faults.push({ pointer: '#', detail: `The column ${quote(column)} is there twice.` });
    }
    if (UNUSABLE.test(column)) {
      const detail = `The column ${quote(column)} has a name that cannot be kept.`;
      faults.push({ pointer: '#', detail });
    }
    seen.add(column);
  }
  if (faults.length > 0)
    throw invalid('The names of the columns are not right.', faults.slice(0, 100));
}

/**
 * Refuses a file of orders that is brought in as one of customers: each of its rows would be taken
 * for facts of somebody. A map says that it is meant. @throws DomainError `invalid`
 */
export function checkKind(
  kind: ImportKind,
  columns: readonly string[],
  map: ImportMap | null,
): void {
  if (kind !== 'profiles' || map !== null) return;
  const names = new Map(columns.map((column) => [plainName(column), column]));
  const order = names.get('order_id');
  const line = names.has('quantity') ? names.get('product_id') : undefined;
  const column = order ?? line;
  if (column === undefined) return;
  const detail = `${quote(column)} is a column of orders: say as=orders. If it is a fact of your customers, say so in a map, under attributes.`;
  throw invalid('The file looks like one of orders, not of customers.', [
    { pointer: `#/${pointerToken(column)}`, detail },
  ]);
}
