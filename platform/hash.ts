import { createHash } from 'node:crypto';

/** Hash of an address for suppression lists and proofs: SHA-256, hex, of `<channel>|<address>`. */
export function addressHash(channel: string, address: string): string {
  return createHash('sha256').update(`${channel}|${address}`).digest('hex');
}
