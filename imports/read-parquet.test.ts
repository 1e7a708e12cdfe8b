import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { craftedParquet, NAME, TWO_TEXTS, type Said } from '#test/support/crafted-parquet.ts';
import { openParquet, surveyParquet } from './read-parquet.ts';
import type { StoredFile } from './upload-store.ts';

function stored(bytes: Uint8Array): StoredFile {
  const file = Buffer.from(bytes);
  return {
    size: file.length,
    slice: (start, end) => Promise.resolve(file.subarray(start, end)),
    async *stream() {
      await Promise.resolve();
      yield file;
    },
  };
}

async function read(bytes: Uint8Array, after = 0): Promise<{ number: number; cells: unknown }[]> {
  const file = stored(bytes);
  const { columns } = await surveyParquet(file);
  const found = [];
  for await (const rows of openParquet(file, columns, new Set(columns)).rows(after)) {
    found.push(...rows);
  }
  return found;
}

/** A run of one level said so many times: five bytes. */
function levelRun(times: number): Buffer {
  const run: number[] = [];
  for (let left = times * 2; left > 0; left = Math.floor(left / 128)) {
    run.push((left % 128) + (left >= 128 ? 128 : 0));
  }
  const levels = Buffer.from([...run, 1]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(levels.length);
  return Buffer.concat([length, levels, TWO_TEXTS.subarray(6)]);
}

/** A frame of ZSTD: a window of 1 MB, and blocks of one byte 128 KB times. */
function zstdRuns(blocks: number): Buffer {
  const [runs, size] = [1, 128 * 1024];
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50])];
  for (let at = 1; at <= blocks; at += 1) {
    const head = (size << 3) | (runs << 1) | (at === blocks ? 1 : 0);
    parts.push(Buffer.from([head & 255, (head >> 8) & 255, head >> 16, 0]));
  }
  return Buffer.concat(parts);
}

/** One row group of texts that have nothing in common. */
function largeFile(rows: number, length: number): Uint8Array {
  const data = Array.from({ length: rows }, (_, at) => String(at).padStart(length, String(at)));
  const columnData = [{ name: NAME, data, type: 'STRING' as const }];
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: rows }));
}

/** What this process cannot let go of, in bytes. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('A Parquet file', () => {
  it('of two texts is read, also from its second row on', async () => {
    const rows = [
      { number: 1, cells: ['A'] },
      { number: 2, cells: ['B'] },
    ];
    expect(await read(craftedParquet({}))).toEqual(rows);
    expect(await read(craftedParquet({}), 1)).toEqual(rows.slice(1));
  });

  const DAMAGED = /damaged/;
  const TOO_LARGE = /smaller row groups/;
  const BILLION = 2 ** 30;

  it.each<[string, Said, RegExp]>([
    ['has more values than rows', { values: BILLION }, DAMAGED],
    ['has more rows than values', { rows: 1_000_000, values: 2 }, DAMAGED],
    ['has more rows than its row groups', { total: BILLION }, DAMAGED],
    ['has a page of values that no memory holds', { rows: BILLION }, TOO_LARGE],
    ['has a page that unpacks to 2 GB', { unpacked: 2 ** 31 - 1, codec: 'GZIP' }, TOO_LARGE],
    [
      'unpacks to more than it says',
      { page: zstdRuns(1_000), codec: 'ZSTD', unpacked: 9 },
      DAMAGED,
    ],
    // Only unpacking tells it: the process that does dies of it, and no other.
    ['repeats a level a billion times', { page: levelRun(BILLION) }, TOO_LARGE],
  ])('of a few bytes is refused where it %s', async (_, said, sentence) => {
    const bytes = craftedParquet(said);
    expect(bytes.length).toBeLessThan(5_000);
    await expect(read(bytes)).rejects.toThrow(sentence);
  });

  it('is refused where a text is not UTF-8, by the name of its column', async () => {
    const latin1 = Buffer.from([...TWO_TEXTS.subarray(0, 10), 0xf6, ...TWO_TEXTS.subarray(11)]);
    const refused = read(craftedParquet({ page: latin1 }));
    await expect(refused).rejects.toThrow(/"external_id" .* holds text that is not UTF-8/);
  });

  it('leaves the mark out that some programs begin a text with', async () => {
    const data = ['\uFEFF42'];
    const file = parquetWriteBuffer({ columnData: [{ name: NAME, data, type: 'STRING' }] });
    expect(await read(new Uint8Array(file))).toEqual([{ number: 1, cells: ['42'] }]);
  });

  it('of one large row group is held here a batch at a time, however much it unpacks to', async () => {
    const [rows, length] = [40_000, 500];
    const file = stored(largeFile(rows, length));
    const held = heldBytes();
    let [seen, most] = [0, 0];
    for await (const batch of openParquet(file, [NAME], new Set([NAME])).rows(0)) {
      if (seen % (rows / 8) === 0) most = Math.max(most, heldBytes() - held);
      seen += batch.length;
    }
    expect(seen).toBe(rows);
    expect(most).toBeLessThan((rows * length) / 4);
  });

  it('is refused where a row is longer than any row may be', async () => {
    const data = ['x'.repeat(2 * 1024 ** 2)];
    const file = parquetWriteBuffer({ columnData: [{ name: NAME, data, type: 'STRING' }] });
    await expect(read(new Uint8Array(file))).rejects.toThrow(/longer than 1 MB/);
  });
});
