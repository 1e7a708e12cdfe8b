import { parquetSchema } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { getTreePath, isFlatColumn } from 'hyparquet/src/schema.js';

/** What is read of one row group at once, packed or unpacked; writers usually stay below 128 MB. */
export const GROUP_BYTES_MAX = 512 * 1024 ** 2;
/** Values of one column in one row group: as arrays they are a hundred megabytes. */
const VALUES_MAX = 16 * 1024 ** 2;

/** Why a file is not read, in words for a person and a code of domain/errors.ts. */
export class Refused extends Error {
  /**
   * @param {'malformed' | 'too-large'} code
   * @param {string} detail
   */
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

/** Whatever a decoder says of a broken file says nothing to a person, and may quote the file. */
export function damaged() {
  const detail = 'The Parquet file is damaged, or written in a way that cannot be read.';
  return new Refused('malformed', detail);
}

function cutOff() {
  return new Refused('malformed', 'The Parquet file is cut off: a column lies beyond its end.');
}

function tooLarge() {
  const limit = `${String(GROUP_BYTES_MAX / 1024 ** 2)} MB, or ${String(VALUES_MAX)} values a column`;
  const detail = `The columns of one row group are larger than ${limit}; write the file with smaller row groups.`;
  return new Refused('too-large', detail);
}

/** Where a column of a row group lies, from its dictionary on. @throws Refused */
export function placeOf({ meta_data: meta }) {
  if (meta === undefined) throw damaged();
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const packed = Number(meta.total_compressed_size);
  if (!isCount(start) || !isCount(packed)) throw damaged();
  return { start, end: start + packed };
}

/**
 * Looks at what a footer says, before anything it speaks of is read.
 * @throws Refused where it contradicts itself or the file, or wants more memory than there is.
 */
export function checkFooter(metadata, size) {
  let rows = 0;
  for (const group of metadata.row_groups) {
    const own = Number(group.num_rows);
    if (!isCount(own)) throw damaged();
    if (own > VALUES_MAX) throw tooLarge();
    rows += own;
    for (const column of group.columns) {
      if (placeOf(column).end > size) throw cutOff();
    }
  }
  if (rows !== Number(metadata.num_rows)) throw damaged();
}

/** The columns of a group of which something is wanted. @throws Refused where they are too large. */
export function wantedChunks(group, names) {
  const wanted = group.columns.filter(({ meta_data: meta }) =>
    names.includes(meta?.path_in_schema[0]),
  );
  let [packed, unpacked] = [0, 0];
  for (const column of wanted) {
    const { start, end } = placeOf(column);
    packed += end - start;
    unpacked += Number(column.meta_data.total_uncompressed_size);
  }
  if (packed > GROUP_BYTES_MAX || unpacked > GROUP_BYTES_MAX) throw tooLarge();
  return wanted;
}

/**
 * Goes through the pages of one column by their headers alone: the decoder believes them, and a few
 * bytes may say that they unpack to gigabytes.
 *
 * `left`: bytes that may still be unpacked. Answers how many of them the column takes.
 * @throws Refused
 */
export function checkPages(metadata, { meta_data: meta }, { bytes, rows, left }) {
  const isFlat = isFlatColumn(getTreePath(parquetSchema(metadata), meta.path_in_schema));
  const reader = { view: new DataView(bytes), offset: 0 };
  const last = bytes.byteLength - 1;
  let [values, unpacked] = [0, 0];
  while (reader.offset < last && (!isFlat || values < rows)) {
    const header = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: size } = header;
    if (!isCount(packed) || !isCount(size)) throw damaged();
    if (reader.offset + packed > bytes.byteLength) throw cutOff();
    reader.offset += packed;
    unpacked += size;
    values += valuesIn(header);
    if (isFlat && values > rows) throw damaged();
    if (unpacked > left || values > VALUES_MAX) throw tooLarge();
  }
  // Rows without values behind them could be said to be any number.
  if (values < rows) throw damaged();
  return unpacked;
}

/** Values of a data page; a dictionary has none of its own. */
function valuesIn({ type, data_page_header: v1, data_page_header_v2: v2, ...header }) {
  if (type === 'DICTIONARY_PAGE') {
    const { num_values: entries } = header.dictionary_page_header ?? {};
    if (!isCount(entries)) throw damaged();
    if (entries > VALUES_MAX) throw tooLarge();
    return 0;
  }
  const page = type === 'DATA_PAGE' ? v1 : v2;
  if (page === undefined || !isCount(page.num_values)) throw damaged();
  if (page === v2 && !(page.num_nulls >= 0 && page.num_nulls <= page.num_values)) throw damaged();
  return page.num_values;
}

/** Footers hold 64 bits, page headers 32; neither may be negative. */
function isCount(number) {
  return Number.isSafeInteger(number) && number >= 0;
}
