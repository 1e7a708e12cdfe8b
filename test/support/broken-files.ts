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

/** Files of customers that no import may take anything of, with what is answered. */
export const BROKEN_FILES: BrokenFile[] = [
  [
    'text that is not UTF-8',
    Buffer.from('external_id,city\n1,Lviv\n2,K\xf6ln\n', 'latin1'),
    CSV,
    400,
    /UTF-8: see line 3/,
  ],
  [
    'UTF-16 without its mark',
    Buffer.from('external_id\n1\n', 'utf16le'),
    CSV,
    400,
    /byte order mark/,
  ],
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
  [
    'lines that are not UTF-8',
    Buffer.from('{"external_id":"1"}\n{"external_id":"2","city":"K\xf6ln"}\n', 'latin1'),
    NDJSON,
    400,
    /UTF-8: see line 2/,
  ],
  [
    'lines in UTF-16 without its mark',
    Buffer.from('{"external_id":"1"}\n', 'utf16le'),
    NDJSON,
    400,
    /byte order mark/,
  ],
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
