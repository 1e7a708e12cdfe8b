import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { layOut } from '#domain/export/lay-out.ts';
import type { Column, ColumnType, ExportRow } from '#domain/export/export.ts';
import type { Json } from '#domain/json.ts';

/** Rows of one row group: a group is held in memory until it is written. */
const GROUP_ROWS_MAX = 10_000;
/** Characters of one row group, about; rows may be large. */
const GROUP_CHARS_MAX = 16 * 1024 ** 2;

const TYPES = {
  text: 'STRING',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  instant: 'TIMESTAMP',
  path: 'JSON',
  json: 'JSON',
} as const satisfies Record<ColumnType, string>;

/** Parquet in row groups, each handed on once it is full; the footer, which names all, comes last. */
export async function* encodeParquet(
  columns: readonly Column[],
  pages: AsyncIterable<ExportRow[]>,
): AsyncGenerator<Buffer> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: columnsOf(columns, []) }),
    // Of a column it would keep the least and the greatest value for each group, which nobody asks.
    statistics: false,
    createdBy: 'kairos',
  });
  let group: Json[][] = [];
  let chars = 0;
  const close = async (): Promise<Buffer> => {
    await writer.write({ columnData: columnsOf(columns, group), rowGroupSize: GROUP_ROWS_MAX });
    group = [];
    chars = 0;
    return taken(bytes);
  };
  for await (const page of pages) {
    for (const row of page) {
      const cells = layOut(columns, row);
      group.push(cells);
      chars += cells.reduce<number>((sum, cell) => sum + sizeOf(cell), 0);
      if (group.length >= GROUP_ROWS_MAX || chars >= GROUP_CHARS_MAX) yield await close();
    }
  }
  if (group.length > 0) yield await close();
  await writer.finish();
  yield taken(bytes);
}

function columnsOf(columns: readonly Column[], rows: readonly Json[][]) {
  return columns.map(({ name, type }, at) => ({
    name,
    type: TYPES[type],
    offsetIndex: false,
    data: rows.map((cells) => cells[at] ?? null),
  }));
}

/** What was written since it was last taken; the writer goes on at the same offset of the file. */
function taken(bytes: ByteWriter): Buffer {
  const part = Buffer.from(bytes.getBytes());
  bytes.index = 0;
  return part;
}

/** About the characters a cell holds. */
function sizeOf(cell: Json): number {
  if (typeof cell === 'string') return cell.length;
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell).length : 8;
}
