import { stringify } from 'csv-stringify/sync';
import { withMark } from '#domain/export/formula.ts';
import { layOut } from '#domain/export/lay-out.ts';
import type { Column, ExportRow } from '#domain/export/export.ts';
import type { Json } from '#domain/json.ts';

export interface CsvOptions {
  /** Begins with a byte order mark, by which Excel knows UTF-8. */
  bom: boolean;
  /** `escape`: no cell can be run by a spreadsheet; `keep`: as it is, for programs. */
  formulas: 'escape' | 'keep';
}

/** RFC 4180 in UTF-8: commas, quotes where needed, CRLF, a header. */
export async function* encodeCsv(
  columns: readonly Column[],
  pages: AsyncIterable<ExportRow[]>,
  { bom, formulas }: CsvOptions,
): AsyncGenerator<string> {
  const mark = formulas === 'escape' ? withMark : (text: string): string => text;
  yield (bom ? '\uFEFF' : '') + lines([columns.map(({ name }) => mark(name))]);
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield lines(
      page.map((row) =>
        layOut(columns, row).map((value, at) => {
          const text = cellText(value, columns[at]?.type);
          // A number cannot be run, and must stay one.
          return typeof value === 'number' ? text : mark(text);
        }),
      ),
    );
  }
}

function cellText(value: Json, type: Column['type'] | undefined): string {
  if (value === null) return '';
  if (type === 'instant' && typeof value === 'number') return new Date(value).toISOString();
  if (type === 'path' && Array.isArray(value))
    return value
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
      .join(' > ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function lines(records: readonly string[][]): string {
  // The library would quote CRLF only, and a line feed within a cell would end the row.
  return stringify([...records], { record_delimiter: 'windows', quoted_match: /[\r\n]/ });
}
