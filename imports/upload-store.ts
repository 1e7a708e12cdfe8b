import type { Db } from 'mongodb';
import { durably } from '#platform/mongo-errors.ts';

/** Bytes of one document: all but the last have exactly so many, so that any place is found at once. */
export const CHUNK_BYTES = 1024 * 1024;

/** An upload that nobody came back for is gone after this. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

interface StoredChunk {
  /** `<import>|<number of eight figures>` */
  _id: string;
  data: Buffer;
  expiresAt: Date;
}

/** A file that is kept whole, to be read from any place. */
export interface StoredFile {
  size: number;
  stream(): AsyncIterable<Buffer>;
  slice(start: number, end: number): Promise<Buffer>;
}

/** Files under way: in the database, so that any process can go on with an import. */
export interface UploadStore {
  /** Keeps the bytes as they come; resolves with how many there were. */
  write(id: string, bytes: AsyncIterable<Buffer>, now: number): Promise<number>;
  open(id: string, size: number): StoredFile;
  remove(id: string): Promise<void>;
}

export function createUploadStore(db: Db): UploadStore {
  const chunks = db.collection<StoredChunk>('importChunks');
  const keyOf = (id: string, number: number): string => `${id}|${String(number).padStart(8, '0')}`;
  const asBuffers = { promoteBuffers: true, readConcern: { level: 'local' } } as const;

  async function read(id: string, number: number): Promise<Buffer> {
    const found = await durably(() => chunks.findOne({ _id: keyOf(id, number) }, asBuffers));
    if (found === null) throw new Error('a chunk of an upload is missing');
    return found.data;
  }

  return {
    async write(id, bytes, now) {
      const expiresAt = new Date(now + KEPT_MS);
      let number = 0;
      let size = 0;
      for await (const data of inChunks(bytes)) {
        await durably(() => chunks.insertOne({ _id: keyOf(id, number), data, expiresAt }));
        number += 1;
        size += data.length;
      }
      return size;
    },
    open(id, size) {
      const count = Math.ceil(size / CHUNK_BYTES);
      // Columns of a Parquet file are read piece by piece, often from the same chunk.
      let latest: { number: number; data: Buffer } | null = null;
      const cached = async (number: number): Promise<Buffer> => {
        if (latest?.number !== number) latest = { number, data: await read(id, number) };
        return latest.data;
      };
      return {
        size,
        async *stream() {
          for (let number = 0; number < count; number += 1) yield await read(id, number);
        },
        async slice(start, end) {
          const parts: Buffer[] = [];
          for (let at = start; at < end;) {
            const number = Math.floor(at / CHUNK_BYTES);
            const from = at - number * CHUNK_BYTES;
            const part = (await cached(number)).subarray(from, from + (end - at));
            if (part.length === 0) break;
            parts.push(part);
            at += part.length;
          }
          return Buffer.concat(parts);
        },
      };
    },
    remove: (id) =>
      durably(async () => {
        await chunks.deleteMany({ _id: { $gte: `${id}|`, $lt: `${id}}` } });
      }),
  };
}

/** The same bytes in pieces of exactly CHUNK_BYTES, the last one shorter. */
async function* inChunks(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const part of bytes) {
    let rest = part;
    while (size + rest.length >= CHUNK_BYTES) {
      const cut = CHUNK_BYTES - size;
      yield Buffer.concat([...parts, rest.subarray(0, cut)]);
      rest = rest.subarray(cut);
      parts = [];
      size = 0;
    }
    if (rest.length > 0) parts.push(rest);
    size += rest.length;
  }
  if (size > 0) yield Buffer.concat(parts);
}
