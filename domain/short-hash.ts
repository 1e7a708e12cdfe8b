import { sha256 } from '#domain/journey/sha-256.ts';

/** Of SHA-256: among a million texts two share 64 bits with probability 3e-8. */
const BYTES = 8;

/** A text as 16 hexadecimal digits, the same for the same text. */
export function shortHash(text: string): string {
  return [...sha256(text).subarray(0, BYTES)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
