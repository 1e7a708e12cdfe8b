import { parse } from 'csv-parse';
import { Readable } from 'node:stream';
import { DomainError } from '#domain/errors.ts';
import { COLUMNS_MAX } from '#domain/import/check-header.ts';
import { plainCell } from '#domain/import/plain-cell.ts';
import type { Json } from '#domain/json.ts';
import type { SourceOf } from '#domain/source/source.ts';
import { googleConnection } from './connections.ts';
import { googleToken } from './google-token.ts';
import type { OpenPorts } from './open-ports.ts';
import { networkFault, sourceFault } from './source-fault.ts';
import type { SourceReader, SourceRow } from './source-reader.ts';

/** A sheet is read as a whole; Google's own largest spreadsheet has ten million cells. */
const BYTES_MAX = 32 * 1024 ** 2;
const ROWS_MAX = 200_000;
/** Characters of one row. */
const ROW_CHARS_MAX = 1024 * 1024;
const ANSWER_MS = 60_000;

const SHEETS_URL = 'https://sheets.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/spreadsheets.readonly';

/** Two rows with one key would each be a change of the other, at every pull anew. */
const KEY_TWICE = 'An earlier row has the same key; a key may stand in one row only.';
const NO_KEY = 'The row has no key.';

type Sheet = readonly (readonly Json[])[];

/**
 * A sheet, read as a whole by its published CSV or the values API. A sheet has no cursor: every row is
 * read by every pull, and one that says the same as before is the same.
 */
export async function openGoogleSheet(
  source: SourceOf<'google-sheets'>,
  secret: string,
  ports: OpenPorts,
): Promise<SourceReader> {
  const sheet =
    source.spreadsheet === undefined
      ? await readPublished(secret, ports)
      : await readValues(source, secret);
  const [header = [], ...lines] = sheet;
  if (header.length === 0)
    throw sourceFault('The sheet is empty: its first row names the columns.', 'change');
  const columns = header.map((cell, at) => textOf(cell) || `(column ${String(at + 1)})`);
  const keyAt = keyColumnOf(source, columns);
  const seen = new Set<string>();
  const rows = lines.flatMap((line, at): SourceRow[] => {
    if (line.every((cell) => textOf(cell) === '')) return [];
    const cells = columns.map((_, place) => line[place] ?? null);
    const key = keyAt === null ? String(at + 1) : textOf(cells[keyAt] ?? null);
    const row = { cells, place: { value: String(at + 1), key } };
    if (key === '') return [{ ...row, fault: NO_KEY }];
    if (seen.has(key)) return [{ ...row, fault: KEY_TWICE }];
    seen.add(key);
    return [row];
  });
  return {
    readPage(after, limit) {
      const done = Number(after?.value ?? 0);
      const next = rows.filter(({ place }) => Number(place.value) > done).slice(0, limit);
      const isLast = next.at(-1) === rows.at(-1);
      return Promise.resolve({ columns, rows: next, isLast });
    },
    // Every pull begins with the first row.
    back: () => ({ value: '0', key: null }),
    close: () => Promise.resolve(),
  };
}

function keyColumnOf(
  { key }: SourceOf<'google-sheets'>,
  columns: readonly string[],
): number | null {
  if (key === undefined) return null;
  const at = columns.indexOf(key);
  if (at >= 0) return at;
  throw sourceFault('The sheet has no column with the name of `key`.', 'change', '#/key');
}

async function readPublished(address: string, ports: OpenPorts): Promise<Sheet> {
  const { bytes } = await ports.fetchFile(address).catch(asConnectionFault);
  const parser = parse({
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: ROW_CHARS_MAX,
  });
  const records: string[][] = [];
  const source = Readable.from(limited(bytes));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const record of parser) {
      records.push((record as unknown[]).map(String));
      checkRows(records.length);
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw sourceFault(
      'What is at the address is no CSV: in Google Sheets choose File, Share, Publish to the web, and there CSV.',
      'change',
      '#/connection',
    );
  } finally {
    source.destroy();
  }
  return records;
}

async function* limited(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const part of bytes) {
    read += part.length;
    if (read > BYTES_MAX) throw tooLarge();
    yield part;
  }
}

function checkRows(rows: number): void {
  if (rows > ROWS_MAX + 1) throw tooLarge();
}

function tooLarge(): DomainError {
  const size = `${String(BYTES_MAX / 1024 ** 2)} MB or ${String(ROWS_MAX)} rows`;
  return sourceFault(
    `The sheet is larger than ${size}: export it as a file, or keep it in a database.`,
    'change',
  );
}

async function readValues(source: SourceOf<'google-sheets'>, secret: string): Promise<Sheet> {
  const { spreadsheet = '', range } = source;
  const connection = googleConnection(secret, source.connection);
  const token = await googleToken(connection, SCOPE);
  const path = `/v4/spreadsheets/${encodeURIComponent(spreadsheet)}/values/${encodeURIComponent(range)}`;
  const url = new URL(path, connection.endpoint ?? SHEETS_URL);
  url.searchParams.set('valueRenderOption', 'UNFORMATTED_VALUE');
  url.searchParams.set('dateTimeRenderOption', 'FORMATTED_STRING');
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: unknown) => {
    throw networkFault(error) ?? sourceFault('Google Sheets did not answer.', 'wait');
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw refusal(answer.status);
  }
  if (answer.body === null) return [];
  const parts: Buffer[] = [];
  for await (const part of limited(buffers(answer.body))) parts.push(part);
  const read = JSON.parse(Buffer.concat(parts).toString('utf8')) as { values?: unknown[][] };
  const values = read.values ?? [];
  checkRows(values.length);
  if ((values[0]?.length ?? 0) > COLUMNS_MAX) throw tooLarge();
  return values.map((row) => row.map((cell) => plainCell(cell)));
}

async function* buffers(body: NonNullable<Response['body']>): AsyncGenerator<Buffer> {
  for await (const part of body) yield Buffer.from(part);
}

function refusal(status: number): DomainError {
  if (status === 404)
    return sourceFault('There is no such spreadsheet.', 'change', '#/spreadsheet');
  if (status === 400) return sourceFault('The spreadsheet has no such range.', 'change', '#/range');
  if (status === 401 || status === 403) {
    const detail =
      'Google refuses the service account: share the spreadsheet with its client_email, to view.';
    return sourceFault(detail, 'change', '#/connection');
  }
  return sourceFault(`Google Sheets answered ${String(status)}.`, 'wait');
}

/** The guard speaks of `url`; here the address is the connection. */
function asConnectionFault(error: unknown): never {
  if (!(error instanceof DomainError)) throw error;
  const isAway = /answered (?:429|5\d\d)|Nothing answers|broke off/.test(error.message);
  throw sourceFault(error.message, isAway ? 'wait' : 'change', '#/connection');
}

function textOf(cell: Json): string {
  if (cell === null) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell).trim();
}
