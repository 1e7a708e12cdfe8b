import { getPriority, setPriority } from 'node:os';
import { TextDecoder } from 'node:util';
import { Decompress } from 'fzstd';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import {
  checkFooter,
  checkPages,
  damaged,
  GROUP_BYTES_MAX,
  placeOf,
  Refused,
  wantedChunks,
} from './check-parquet.mjs';

/**
 * Decodes a Parquet file in a process of its own. What a page unpacks to is known only by unpacking
 * it: of a file that lies, this process dies and not the API; and while it reckons, the API answers.
 *
 * It talks with imports/parquet-decoder.ts: one word, one answer, so that neither is ever ahead of
 * the other by more than one piece.
 */

/** A footer of 1,000 columns in 10,000 row groups has about a gigabyte; usual ones some kilobytes. */
const FOOTER_BYTES_MAX = 64 * 1024 ** 2;
/** The last bytes: the footer's length, and four of magic. */
const TAIL_BYTES = 8;
/** Bytes asked for at once. */
const PIECE_BYTES = 1024 ** 2;
/** Cells decoded at once, in no fewer and no more rows than these: each slice begins anew at its group's start. */
const SLICE_CELLS = 4_000_000;
const SLICE_ROWS = { min: 10_000, max: 100_000 };
/** Rows and characters sent at once. */
const BATCH_ROWS = 500;
const BATCH_CHARS = 4 * 1024 ** 2;
/** As for rows of other files: imports/table.ts. */
const ROW_CHARS_MAX = 1024 ** 2;
/** Below whatever answers the shop's own calls on this machine. */
const NICE = 10;

async function main() {
  // Asked to end is the parent; with it the channel ends, and then this.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(0));
  // Who runs even lower may not come up again.
  if (getPriority() < NICE) setPriority(NICE);
  const { size } = await say({ begun: true });
  const metadata = await readFooter(size);
  const columns = columnsOf(metadata);
  const { after, wanted } = await say({
    opened: { columns: columns.map(columnOf), total: Number(metadata.num_rows) },
  });
  for await (const rows of rowsAfter(after, metadata, wanted)) await say({ rows });
}

/** Says one thing and waits for its answer. */
function say(word) {
  return new Promise((resolve) => {
    process.once('message', resolve);
    process.send(word);
  });
}

/** A piece of the file. The decoder makes views of the whole buffer: it is this piece and nothing else. */
async function readBytes(start, end) {
  const bytes = new Uint8Array(end - start);
  for (let at = start; at < end;) {
    const { bytes: piece } = await say({ read: [at, Math.min(at + PIECE_BYTES, end)] });
    if (piece.length === 0) throw damaged();
    bytes.set(piece, at - start);
    at += piece.length;
  }
  return bytes.buffer;
}

async function readFooter(size) {
  const tail = new DataView(await readBytes(size - TAIL_BYTES, size));
  if (tail.getUint32(0, true) > FOOTER_BYTES_MAX) {
    const limit = `${String(FOOTER_BYTES_MAX / 1024 ** 2)} MB`;
    throw new Refused('too-large', `The footer of the Parquet file is larger than ${limit}.`);
  }
  const file = { byteLength: size, slice: (start, end = size) => readBytes(start, end) };
  const metadata = await parquetMetadataAsync(file);
  checkFooter(metadata, size);
  return metadata;
}

/** Rows after a number, each as the cells of the wanted columns, some at once. */
async function* rowsAfter(after, metadata, wanted) {
  // Rows are counted by the values behind them: of at least one column.
  const names = wanted.length > 0 ? wanted : [metadata.schema[1]?.name ?? ''];
  const spread = Math.floor(SLICE_CELLS / names.length);
  const slice = Math.max(SLICE_ROWS.min, Math.min(SLICE_ROWS.max, spread));
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const from = Math.max(start, after);
    start = end;
    if (from >= end) continue;
    const file = await loadGroup(metadata, group, names);
    for (let rowStart = from; rowStart < end; rowStart += slice) {
      const rowEnd = Math.min(rowStart + slice, end);
      const options = { file, metadata, compressors: BOUNDED, parsers: PARSERS, rowStart, rowEnd };
      yield* inBatches(await readObjects(options, names), wanted);
    }
  }
}

/** @throws Refused with the column whose text is not UTF-8: found by reading each alone. */
async function readObjects(options, names) {
  try {
    return await parquetReadObjects({ ...options, columns: names });
  } catch (error) {
    if (!(error instanceof NotText)) throw error;
  }
  for (const name of names) {
    await parquetReadObjects({ ...options, columns: [name] }).catch((error) => {
      if (error instanceof NotText) throw notText(name);
      throw error;
    });
  }
  throw damaged();
}

/** What is wanted of a row group, looked through and in memory; the rest of the file reads as zeros. */
async function loadGroup(metadata, group, names) {
  const rows = Number(group.num_rows);
  const pieces = [];
  let left = GROUP_BYTES_MAX;
  for (const chunk of wantedChunks(group, names)) {
    const { start, end } = placeOf(chunk);
    const bytes = await readBytes(start, end);
    left -= checkPages(metadata, chunk, { bytes, rows, left });
    pieces.push({ start, end, bytes: new Uint8Array(bytes) });
  }
  return {
    byteLength: Number.MAX_SAFE_INTEGER,
    slice(start, end) {
      const out = new Uint8Array(end - start);
      for (const piece of pieces) {
        const from = Math.max(start, piece.start);
        const to = Math.min(end, piece.end);
        if (from >= to) continue;
        out.set(piece.bytes.subarray(from - piece.start, to - piece.start), from - start);
      }
      return out.buffer;
    },
  };
}

function* inBatches(objects, wanted) {
  let batch = [];
  let chars = 0;
  for (const object of objects) {
    const cells = wanted.map((name) => cellOf(name, object[name]));
    const own = charsOf(cells);
    if (own > ROW_CHARS_MAX) {
      const limit = `${String(ROW_CHARS_MAX / 1024 ** 2)} MB`;
      throw new Refused('malformed', `A row of the Parquet file is longer than ${limit}.`);
    }
    if (batch.length === BATCH_ROWS || chars + own > BATCH_CHARS) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(cells);
    chars += own;
  }
  if (batch.length > 0) yield batch;
}

function cellOf(name, value) {
  try {
    return worded(value);
  } catch (error) {
    throw error instanceof NotText ? notText(name) : error;
  }
}

/** Instants and bytes as domain/import/plain-cell.ts has them; the rest is left to it. */
function worded(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return textOf(value);
  if (Array.isArray(value)) return value.map(worded);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, worded(one)]));
}

class NotText extends Error {}

function notText(column) {
  const where = `The column ${JSON.stringify(column.slice(0, 100))} of the Parquet file`;
  return new Refused('malformed', `${where} holds text that is not UTF-8; write it as UTF-8.`);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** @throws NotText: signs of replacement would be stored as somebody's name. */
function textOf(bytes) {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new NotText();
  }
}

/** Instead of the decoder's own, which put signs of replacement where a text is none. */
const PARSERS = {
  stringFromBytes: (bytes) => bytes && textOf(bytes),
  jsonFromBytes: (bytes) => bytes && JSON.parse(textOf(bytes)),
};

/** About how many characters a value has; what is neither text nor holds any counts as eight. */
function charsOf(value) {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce((sum, [name, one]) => sum + name.length + charsOf(one), 0);
}

/** The usual ones; that of ZSTD unpacks whatever there is, however long the page says it is. */
const BOUNDED = {
  ...compressors,
  ZSTD: (input, length) => {
    const out = new Uint8Array(length);
    let at = 0;
    const stream = new Decompress((piece) => {
      if (at + piece.length > length) throw damaged();
      out.set(piece, at);
      at += piece.length;
    });
    stream.push(input, true);
    return out.subarray(0, at);
  },
};

/** The columns at the top of the schema; what is nested within is one value of its column. */
function columnsOf({ schema }) {
  const columns = [];
  let at = 1;
  for (let left = schema[0]?.num_children ?? 0; left > 0 && at < schema.length; left -= 1) {
    columns.push(schema[at]);
    at = after(schema, at);
  }
  return columns;
}

function after(schema, at) {
  let next = at + 1;
  for (let left = schema[at].num_children ?? 0; left > 0 && next < schema.length; left -= 1) {
    next = after(schema, next);
  }
  return next;
}

/**
 * A column as the parent knows it. Columns of days and of wall-clock times hold no instant, so the
 * ISO text has no zone and the map's counts: `length` says how many of its characters.
 */
function columnOf({ name, logical_type: type, converted_type: older }) {
  if (type?.type === 'DATE' || older === 'DATE') return { name, length: '2026-01-31'.length };
  if (type?.type !== 'TIMESTAMP' || type.isAdjustedToUTC) return { name };
  return { name, length: '2026-01-31T00:00:00.000'.length };
}

main().then(
  () => process.send({ ended: true }),
  (error) => {
    const { code, message } = error instanceof Refused ? error : damaged();
    process.send({ refused: { code, detail: message } });
  },
);
