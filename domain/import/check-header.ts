import { DomainError, invalid, type Fault } from '#domain/errors.ts';
import { quote } from '#domain/journey/explain-issue.ts';

/** Columns of a table; a spreadsheet ends at 16,384, and nobody's customers have a thousand facts. */
export const COLUMNS_MAX = 1_000;

/** @throws DomainError `invalid` for too many columns, or one that is there twice. */
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
    seen.add(column);
  }
  if (faults.length > 0) throw invalid('The header names columns twice.', faults.slice(0, 100));
}
