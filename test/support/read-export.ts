import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import type { ExportFormat } from '#domain/export/export.ts';

/** The rows of an export as texts, the same whatever its format: instants in ISO, lists as JSON. */
export async function readExport(
  format: ExportFormat,
  bytes: Buffer,
): Promise<Record<string, string>[]> {
  if (format === 'csv') return parse<Record<string, string>>(bytes, { columns: true });
  const rows: Record<string, unknown>[] =
    format === 'ndjson'
      ? bytes.toString().trimEnd().split('\n').map(parsed)
      : await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, textOf(cell)])),
  );
}

function parsed(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}
