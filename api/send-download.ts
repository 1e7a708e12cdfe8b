import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** A file made while it is sent. */
export interface Download {
  /** The content type. */
  type: string;
  /** What it is saved as: ASCII without quotes. */
  name: string;
  /** Text that gzip makes small; packed where the client takes it. */
  isText: boolean;
  body: AsyncIterable<string | Buffer>;
}

/**
 * Sends a file as fast as the client takes it. What goes wrong before the first byte is thrown and
 * can be answered as a problem; after it the connection is broken off, so that nobody takes a part
 * for the whole: chunked encoding (and gzip) lack their end. Of a client that leaves nothing is
 * said, and the file is made no further.
 */
export async function sendDownload(req: Request, res: Response, file: Download): Promise<void> {
  res.set('Content-Type', file.type);
  res.set('Content-Disposition', `attachment; filename="${file.name}"`);
  res.set('Vary', 'Accept-Encoding');
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const parts = file.body[Symbol.asyncIterator]();
  const first = await parts.next();
  const isPacked = file.isText && req.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (isPacked) res.set('Content-Encoding', 'gzip');
  const source = Readable.from(beginningWith(first, parts), { objectMode: false });
  try {
    await (isPacked ? pipeline(source, createGzip(), res) : pipeline(source, res));
  } catch (error) {
    if (!hasLeft(error)) throw error;
  }
}

async function* beginningWith<T>(
  first: IteratorResult<T, unknown>,
  rest: AsyncIterator<T>,
): AsyncGenerator<T> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** The connection was closed from the other end before the file was. */
function hasLeft(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
