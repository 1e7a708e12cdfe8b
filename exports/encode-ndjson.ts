import type { Column, ExportRow } from '#domain/export/export.ts';

/** One JSON object a line, everything under its own name; what is not there is left out. */
export async function* encodeNdjson(
  columns: readonly Column[],
  pages: AsyncIterable<ExportRow[]>,
): AsyncGenerator<string> {
  const instants = new Set(columns.flatMap(({ name, type }) => (type === 'instant' ? name : [])));
  for await (const page of pages) {
    if (page.length > 0) yield page.map((row) => `${lineOf(row, instants)}\n`).join('');
  }
}

function lineOf(row: ExportRow, instants: ReadonlySet<string>): string {
  const said = Object.entries(row)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) =>
      instants.has(name) && typeof value === 'number'
        ? [name, new Date(value).toISOString()]
        : [name, value],
    );
  return JSON.stringify(Object.fromEntries(said));
}
