import { gzipSync } from 'node:zlib';
import { craftedParquet } from './crafted-parquet.ts';
import { CSV, NDJSON, PARQUET, parquetFile } from './import-files.ts';

/** Two customers. */
export const PROFILES = 'external_id,email,city\n1,a@b.example,Kyiv\n2,c@d.example,Lviv\n';

/** Bytes of one letter that unpack from a thousandth of them, beyond what is let through unweighed. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a'));

/** Lines of a thousand names each, none of which is in another. */
function linesOfNames(count: number): string {
  const names = Array.from({ length: 1_000 }, (_, at) => String(at));
  const lines = Array.from({ length: count }, (_, line) =>
    names.map((name) => `"c${String(line)}-${name}":1`).join(','),
  );
  return lines.map((line) => `{"external_id":"1",${line}}\n`).join('');
}

type BrokenFile = [
  what: string,
  body: string | Uint8Array,
  type: string,
  status: number,
  sentence: RegExp,
];

/** Written as Windows did for long; `line` is the first that shows it. */
function latin1(what: string, text: string, type: string, line: number): BrokenFile {
  const sentence = new RegExp(`UTF-8: see line ${String(line)}`);
  return [what, Buffer.from(text, 'latin1'), type, 400, sentence];
}

/** Written in UTF-16, which says so by a mark that is not there. */
function unmarked(what: string, text: string, type: string): BrokenFile {
  return [what, Buffer.from(text, 'utf16le'), type, 400, /byte order mark/];
}

/** Files of customers that no import may take anything of, with what is answered. */
export const BROKEN_FILES: BrokenFile[] = [
  latin1('text that is not UTF-8', 'external_id,city\n1,Lviv\n2,K\xf6ln\n', CSV, 3),
  unmarked('UTF-16 without its mark', 'external_id\n1\n', CSV),
  ['an empty file', '\n', CSV, 400, /empty/],
  ['a quote never closed', 'external_id,city\n1,"Lviv\n2,Kyiv\n', CSV, 400, /never closed/],
  [
    'a header of a million columns',
    `${'a,'.repeat(1_000_000)}b\n`,
    CSV,
    422,
    /more than 1000 columns/,
  ],
  [
    'a header of two thousand columns',
    `${Array.from({ length: 2_000 }, (_, at) => `c${String(at)}`).join(',')}\n`,
    CSV,
    422,
    /more than 1000 columns/,
  ],
  ['a column that no database keeps', 'external_id,__proto__\n1,a\n', CSV, 422, /cannot be kept/],
  ['a column twice', 'external_id,city,city\n1,a,b\n', CSV, 422, /twice/],
  [
    'a column with a slip of the pen',
    'emial,external_id\na@b.example,1\n',
    CSV,
    422,
    /Did you mean \\"email\\"/,
  ],
  ['no column that says whose row it is', 'city\nLviv\n', CSV, 422, /external_id/],
  [
    'a cell of 10 MB',
    `external_id,city\n1,${'x'.repeat(10_000_000)}\n`,
    CSV,
    400,
    /longer than 1 MB/,
  ],
  ['a gzip bomb', BOMB, CSV, 413, /250 times/],
  [
    'gzip that breaks off',
    gzipSync(Buffer.from(PROFILES.repeat(100))).subarray(0, 60),
    CSV,
    400,
    /breaks off/,
  ],
  ['a Parquet that is cut off', parquetFile().subarray(0, 200), PARQUET, 400, /cut off/],
  ['no Parquet at all', PROFILES, PARQUET, 400, /no Parquet/],
  ['a gzip bomb as Parquet', BOMB, PARQUET, 413, /250 times/],
  [
    'a Parquet of a page that unpacks to 2 GB',
    craftedParquet({ unpacked: 2 ** 31 - 1, codec: 'GZIP' }),
    PARQUET,
    413,
    /smaller row groups/,
  ],
  [
    'a Parquet of texts in an encoding that nobody knows',
    craftedParquet({ encoding: 99 }),
    PARQUET,
    400,
    /written in a way that cannot be read/,
  ],
  [
    'a Parquet of twenty thousand columns',
    craftedParquet({ others: 20_000 }),
    PARQUET,
    422,
    /20001 columns; at most 1000/,
  ],
  latin1(
    'lines that are not UTF-8',
    '{"external_id":"1"}\n{"external_id":"2","city":"K\xf6ln"}\n',
    NDJSON,
    2,
  ),
  unmarked('lines in UTF-16 without its mark', '{"external_id":"1"}\n', NDJSON),
  ['a gzip bomb as lines', BOMB, NDJSON, 413, /250 times/],
  ['lines of a million names', linesOfNames(1_000), NDJSON, 422, /more than 1000 different names/],
  ['a JSON list', '[{"external_id":"1"}]', NDJSON, 400, /one object a line/],
  [
    'a line of 10 MB',
    `{"external_id":"${'x'.repeat(10_000_000)}"}\n`,
    NDJSON,
    400,
    /longer than 1 MB/,
  ],
  ['an unknown content type', PROFILES, 'text/html', 415, /Content-Type/],
  ['an unknown charset', PROFILES, 'text/csv; charset=klingon', 415, /charset/],
];
