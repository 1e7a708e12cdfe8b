import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { Request } from 'express';
import { DomainError } from '#domain/errors.ts';

const unpack = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/**
 * Reads a body as text, whatever its content type (browsers send JSON as `text/plain`), gzip or
 * deflate taken apart. No more than `limit` bytes are ever held, packed or unpacked, so a small
 * body that unfolds into a huge one costs nothing.
 * @throws DomainError `too-large`, `malformed`, `unsupported-media-type`.
 */
export async function readBody(req: Request, limit: number): Promise<string> {
  const bytes = await readBytes(req, limit);
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  return decode(encoding === 'identity' ? bytes : await unpacked(bytes, encoding, limit));
}

function tooLarge(limit: number): DomainError {
  const kb = String(Math.floor(limit / 1024));
  return new DomainError('too-large', `The body is larger than ${kb} KB.`);
}

/** What comes after a refusal is read and thrown away by Node, so that the client sees the answer. */
function readBytes(req: Request, limit: number): Promise<Buffer> {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) {
        req.off('data', take);
        req.resume();
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    };
    req.on('data', take);
    req.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    req.once('error', () => {
      reject(new DomainError('malformed', 'The body broke off.'));
    });
    req.once('aborted', () => {
      reject(new DomainError('malformed', 'The body broke off.'));
    });
  });
}

async function unpacked(bytes: Buffer, encoding: string, limit: number): Promise<Buffer> {
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new DomainError(
      'unsupported-media-type',
      'The content encoding is none of gzip, deflate and identity.',
    );
  }
  try {
    return await unpack[encoding](bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(limit);
    throw new DomainError('malformed', `The body is not valid ${encoding}.`);
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DomainError('malformed', 'The body is not valid UTF-8.');
  }
}

/** Parses a JSON object. @throws DomainError `malformed`; V8's text quotes the body, so it stays here. */
export function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DomainError('malformed', 'The body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DomainError('malformed', 'The body is not a JSON object.');
  }
  return value as Record<string, unknown>;
}
