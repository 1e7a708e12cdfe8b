import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { DomainError } from '#domain/errors.ts';
import { COLUMNS_MAX } from '#domain/import/check-header.ts';
import type { Row } from '#domain/import/row.ts';
import { withoutMark } from '#domain/export/formula.ts';
import { inBatches, ROW_CHARS_MAX, type Survey, type Table } from './table.ts';
import type { StoredFile } from './upload-store.ts';

/** What stands between cells, the likeliest first where none is seen. */
const DELIMITERS = [',', ';', '\t', '|'];

/** Reads the header and counts the rows. @throws DomainError `malformed` where it is no CSV. */
export async function surveyCsv(file: StoredFile): Promise<Survey> {
  let columns: string[] | null = null;
  let total = 0;
  for await (const cells of records(file)) {
    if (columns === null) columns = headerOf(cells);
    else total += 1;
  }
  if (columns === null) throw new DomainError('malformed', 'The file is empty.');
  return { columns, total };
}

/** A CSV file in UTF-8 (RFC 4180) as a table; cells are texts. */
export function openCsv(file: StoredFile, columns: readonly string[]): Table {
  return { columns, rows: (after) => inBatches(rowsOf(file, columns.length), after) };
}

async function* rowsOf(file: StoredFile, width: number): AsyncGenerator<Row> {
  let number = -1;
  for await (const cells of records(file)) {
    number += 1;
    if (number === 0) continue;
    if (cells.length === width) yield { number, cells };
    else {
      const fault = `The row has ${String(cells.length)} cells where the header has ${String(width)}.`;
      yield { number, cells: [], fault };
    }
  }
}

function headerOf(cells: readonly string[]): string[] {
  // Programs write their row numbers into a first column without a name.
  return cells.map((cell, index) => cell.trim() || `(column ${String(index + 1)})`);
}

async function* records(file: StoredFile): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter: await delimiterOf(file),
    max_record_size: ROW_CHARS_MAX,
    relax_column_count: true,
    // `5" pipe` within a cell means an inch.
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const source = Readable.from(file.stream(), { objectMode: false });
  // Errors reach the reader through the parser itself.
  pipeline(source, parser, () => undefined);
  try {
    for await (const record of parser) yield asCells(record);
  } catch (error) {
    throw error instanceof CsvError ? explained(error) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** An apostrophe that kept a spreadsheet from running a cell was not part of it. */
function asCells(record: unknown): string[] {
  if (Array.isArray(record)) return record.map((cell) => withoutMark(String(cell)));
  throw new TypeError('the reader of CSV gave something else than cells');
}

function explained(error: CsvError): DomainError {
  const lines: unknown = 'lines' in error ? error.lines : undefined;
  const where = typeof lines === 'number' ? ` near line ${String(lines)}` : '';
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    const limit = `${String(ROW_CHARS_MAX / 1024 ** 2)} MB`;
    const detail = `A row${where} is longer than ${limit}. A quote that is never closed looks like this.`;
    return new DomainError('malformed', detail);
  }
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return new DomainError('malformed', `A quote that opens${where} is never closed.`);
  }
  return new DomainError('malformed', `The file is no CSV${where}.`);
}

/**
 * The sign that stands most often in the first line, outside of quotes. A header of too many columns
 * ends here, before anybody takes it apart.
 */
async function delimiterOf(file: StoredFile): Promise<string> {
  const head = (await file.slice(0, Math.min(file.size, ROW_CHARS_MAX))).toString('utf8');
  const counts = new Map(DELIMITERS.map((sign) => [sign, 0]));
  let isQuoted = false;
  for (const sign of head) {
    if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (sign === '\n' || sign === '\r')) break;
    else if (!isQuoted && counts.has(sign)) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  }
  const [best] = [...counts].sort((one, two) => two[1] - one[1]);
  if (best === undefined) return ',';
  const [sign, count] = best;
  if (count < COLUMNS_MAX) return sign;
  const detail = `The file has more than ${String(COLUMNS_MAX)} columns, which is the most that can be read.`;
  throw new DomainError('invalid', detail);
}
