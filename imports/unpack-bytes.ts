import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DomainError } from '#domain/errors.ts';

/** A file, unpacked: some hundred million rows. What is larger comes in parts. */
export const FILE_BYTES_MAX = 20 * 1024 ** 3;
/** Tables pack to a tenth, monotonous ones to a hundredth; gzip itself can reach a thousandth. */
const RATIO_MAX = 250;
/** Below this nobody is hurt, and a short table of one value may pack very well. */
const RATIO_FROM_BYTES = 16 * 1024 ** 2;

/**
 * The bytes of a file, taken apart where they are gzip (known by its first two bytes, whatever was
 * announced). Nothing is held but what is passed on.
 * @throws DomainError `too-large` beyond FILE_BYTES_MAX or for a bomb, `malformed` for broken gzip.
 */
export async function* unpackBytes(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const [head, all] = await peek(packed, 2);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const seen = { packed: 0, unpacked: 0 };
  const counted = count(all, seen);
  try {
    for await (const part of isGzip ? gunzipped(counted) : counted) {
      seen.unpacked += part.length;
      checkSize(seen, isGzip);
      yield part;
    }
  } catch (error) {
    throw isGzip ? gzipError(error) : error;
  }
}

async function* count(
  bytes: AsyncIterable<Buffer>,
  seen: { packed: number },
): AsyncGenerator<Buffer> {
  for await (const part of bytes) {
    seen.packed += part.length;
    yield part;
  }
}

async function* gunzipped(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(bytes);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const part of gunzip) yield asBuffer(part);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function asBuffer(part: unknown): Buffer {
  if (Buffer.isBuffer(part)) return part;
  throw new TypeError('a stream of bytes gave something else');
}

function checkSize(seen: { packed: number; unpacked: number }, isGzip: boolean): void {
  if (seen.unpacked > FILE_BYTES_MAX) {
    const limit = `${String(FILE_BYTES_MAX / 1024 ** 3)} GB`;
    throw new DomainError(
      'too-large',
      `The file is larger than ${limit} unpacked; send it in parts.`,
    );
  }
  if (!isGzip || seen.unpacked < RATIO_FROM_BYTES) return;
  if (seen.unpacked > seen.packed * RATIO_MAX) {
    throw new DomainError(
      'too-large',
      `The gzip data unpacks to more than ${String(RATIO_MAX)} times its size; no table does. Send it unpacked.`,
    );
  }
}

/** zlib's codes of data that break off, or are not what they claim to be. */
function gzipError(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'Z_BUF_ERROR') return new DomainError('malformed', 'The gzip data breaks off.');
  if (code === 'Z_DATA_ERROR') return new DomainError('malformed', 'The gzip data is damaged.');
  return error;
}

/** The first bytes (fewer of a shorter stream), and the whole stream again from its beginning. */
export async function peek(
  bytes: AsyncIterable<Buffer>,
  wanted: number,
): Promise<[head: Buffer, all: AsyncIterable<Buffer>]> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let isOver = false;
  while (head.length < wanted && !isOver) {
    const next = await iterator.next();
    if (next.done === true) isOver = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head;
      while (!isOver) {
        const next = await iterator.next();
        if (next.done === true) isOver = true;
        else yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return [head, all()];
}
