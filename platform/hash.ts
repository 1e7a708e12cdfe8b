import { createHash } from 'node:crypto';

/** Hash of an address for suppression lists and proofs: SHA-256, hex, of `<channel>|<address>`. */
export function addressHash(channel: string, address: string): string {
  return createHash('sha256').update(`${channel}|${address}`).digest('hex');
}

/** SHA-256, hex. Of an e-mail, trimmed and in lower case, it is that by which audiences name it. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * What stays of an identity (`email:…`, `external:…`) of somebody erased, so that nothing of before
 * comes back under it: SHA-256, hex.
 */
export function erasedRef(identity: string): string {
  return createHash('sha256').update(`erased|${identity}`).digest('hex');
}

/** Reference of an event that tells nothing of its id: the first 128 bits of SHA-256, hex. */
export function eventRef(eventId: string): string {
  return createHash('sha256').update(`event|${eventId}`).digest('hex').slice(0, 32);
}

/**
 * Id of the telling of one event to one webhook endpoint, the same however often it is written:
 * the first 128 bits of SHA-256, hex.
 */
export function deliveryId(endpoint: string, eventId: string): string {
  const words = JSON.stringify([endpoint, eventId]);
  return `whd_${createHash('sha256').update(words).digest('hex').slice(0, 32)}`;
}

/** Hexadecimal figures of a row's hash: 160 bits, so that no two rows of any shop share an id. */
const ROW_HASH_LENGTH = 40;

/** What names a row without an id: by a file or from a source, the same row is the same event. */
export function rowHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, ROW_HASH_LENGTH);
}
