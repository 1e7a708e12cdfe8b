import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { DomainError } from '#domain/errors.ts';

export interface TrackingKeys {
  /** Kept by the shop's servers: may say everything. */
  writeKeys: readonly string[];
  /** Public, in the shop's pages: may say less. */
  browserKeys: readonly string[];
}

export type KeyKind = 'server' | 'browser';

/** Longer than any key; longer ones are not worth hashing. */
const KEY_LENGTH_MAX = 512;

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Tells what a presented key is; null when it is none. Hashes are compared in constant time. */
export function createKeyKind(keys: TrackingKeys): (presented: unknown) => KeyKind | null {
  const server = keys.writeKeys.map(hashOf);
  const browser = keys.browserKeys.map(hashOf);
  return (presented) => {
    if (typeof presented !== 'string' || presented.length > KEY_LENGTH_MAX) return null;
    const hash = hashOf(presented);
    const isServer = server.some((known) => timingSafeEqual(hash, known));
    const isBrowser = browser.some((known) => timingSafeEqual(hash, known));
    return isServer ? 'server' : isBrowser ? 'browser' : null;
  };
}

/** The user name of HTTP Basic, where Segment's clients put the write key; undefined without one. */
export function basicKey(req: Request): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/_-]{1,1024}=*)$/i.exec(
    req.headers.authorization ?? '',
  )?.[1];
  if (encoded === undefined) return undefined;
  const [name] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return name === '' ? undefined : name;
}

/** The refusal of a key that is missing or not known. */
export function unknownKey(): DomainError {
  return new DomainError(
    'unauthenticated',
    'Send a write key as the user name of HTTP Basic authentication, or as `writeKey` in the body.',
  );
}
