import {
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaElement,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DomainError } from '#domain/errors.ts';
import { plainCell } from '#domain/import/plain-cell.ts';
import type { Row } from '#domain/import/row.ts';
import type { Json } from '#domain/json.ts';
import { ROWS_AT_ONCE, type Survey, type Table } from './table.ts';
import type { StoredFile } from './upload-store.ts';

/** Rows decoded at once. Without an index each look at a column begins at its row group's start. */
const SLICE_ROWS = 100_000;
/** One column of one row group is unpacked in memory; writers usually stay below 128 MB. */
const COLUMN_BYTES_MAX = 512 * 1024 ** 2;
/** Four bytes of magic at both ends and the length of the footer. */
const SMALLEST_BYTES = 12;
const MAGIC = 'PAR1';

/** Reads the footer. @throws DomainError `malformed` where the file is cut off or no Parquet. */
export async function surveyParquet(file: StoredFile): Promise<Survey> {
  const metadata = await readFooter(file);
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: column } of columns) checkColumn(file, column);
  }
  return { columns: columnsOf(metadata).map(({ name }) => name), total: Number(metadata.num_rows) };
}

/** A Parquet file as a table; of its columns only `wanted` are read. */
export function openParquet(
  file: StoredFile,
  columns: readonly string[],
  wanted: ReadonlySet<string>,
): Table {
  return {
    columns,
    async *rows(after) {
      const metadata = await readFooter(file);
      const lengths = partialDates(columnsOf(metadata));
      const names = columns.filter((name) => wanted.has(name));
      const total = Number(metadata.num_rows);
      for (let start = after; start < total; start += SLICE_ROWS) {
        const rowEnd = Math.min(start + SLICE_ROWS, total);
        const options = { file: bufferOf(file), metadata, compressors, columns: names };
        const objects = await readable(() =>
          parquetReadObjects({ ...options, rowStart: start, rowEnd }),
        );
        for (let from = 0; from < objects.length; from += ROWS_AT_ONCE) {
          yield objects.slice(from, from + ROWS_AT_ONCE).map((object, place): Row => {
            const cells = columns.map((name) => cellOf(object[name], lengths.get(name)));
            return { number: start + from + place + 1, cells };
          });
        }
      }
    },
  };
}

function bufferOf(file: StoredFile): AsyncBuffer {
  return {
    byteLength: file.size,
    async slice(start, end) {
      const bytes = await file.slice(start, end ?? file.size);
      // The decoder makes views of the whole buffer: it must be this piece and nothing else.
      return new Uint8Array(bytes).buffer;
    },
  };
}

async function readFooter(file: StoredFile): Promise<FileMetaData> {
  const head = (await file.slice(0, MAGIC.length)).toString('latin1');
  if (file.size < SMALLEST_BYTES || head !== MAGIC) {
    throw new DomainError('malformed', 'The file is no Parquet.');
  }
  const tail = (await file.slice(file.size - MAGIC.length, file.size)).toString('latin1');
  if (tail !== MAGIC) {
    throw new DomainError('malformed', 'The Parquet file is cut off: its footer is missing.');
  }
  return readable(() => parquetMetadataAsync(bufferOf(file)));
}

/** Whatever a decoder says of a broken file says nothing to a person, and may quote the file. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError(
      'malformed',
      'The Parquet file is damaged, or written in a way that cannot be read.',
    );
  }
}

type ColumnMetadata = FileMetaData['row_groups'][number]['columns'][number]['meta_data'];

function checkColumn(file: StoredFile, column: ColumnMetadata): void {
  if (column === undefined) return;
  const { total_uncompressed_size: unpacked, total_compressed_size: packed } = column;
  if (Number(unpacked) > COLUMN_BYTES_MAX || Number(packed) > COLUMN_BYTES_MAX) {
    const limit = `${String(COLUMN_BYTES_MAX / 1024 ** 2)} MB`;
    const detail = `One column of a row group is larger than ${limit}; write the file with smaller row groups.`;
    throw new DomainError('too-large', detail);
  }
  // A dictionary stands before the data it is for.
  const start = Number(column.dictionary_page_offset ?? column.data_page_offset);
  if (start + Number(packed) <= file.size) return;
  throw new DomainError('malformed', 'The Parquet file is cut off: a column lies beyond its end.');
}

/** The columns at the top of the schema; what is nested within is one value of its column. */
function columnsOf({ schema }: FileMetaData): SchemaElement[] {
  const columns: SchemaElement[] = [];
  let at = 1;
  for (let left = schema[0]?.num_children ?? 0; left > 0; left -= 1) {
    const element = schema[at];
    if (element === undefined) break;
    columns.push(element);
    at = after(schema, at);
  }
  return columns;
}

function after(schema: readonly SchemaElement[], at: number): number {
  let next = at + 1;
  for (let left = schema[at]?.num_children ?? 0; left > 0; left -= 1) next = after(schema, next);
  return next;
}

/** How many characters of an ISO text say what a column says. */
type Length = number;

/**
 * Columns of days and of wall-clock times: neither is an instant, so the text has no zone and the
 * map's counts.
 */
function partialDates(columns: readonly SchemaElement[]): Map<string, Length> {
  const lengths = new Map<string, Length>();
  for (const { name, logical_type: type, converted_type: older } of columns) {
    if (type?.type === 'DATE' || older === 'DATE') lengths.set(name, '2026-01-31'.length);
    else if (type?.type === 'TIMESTAMP' && !type.isAdjustedToUTC) {
      lengths.set(name, '2026-01-31T00:00:00.000'.length);
    }
  }
  return lengths;
}

/** A cell; of a day or a wall-clock time only so many characters. */
function cellOf(value: unknown, length: Length | undefined): Json {
  const cell = plainCell(value);
  return length !== undefined && typeof cell === 'string' ? cell.slice(0, length) : cell;
}
