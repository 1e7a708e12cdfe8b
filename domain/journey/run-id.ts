import { sha256 } from '#domain/journey/sha-256.ts';

/** What tells one run from every other. */
export interface RunIdentity {
  /** The journey's key. */
  journey: string;
  profileId: string;
  /** What tells runs of one person apart, such as the cart; null: one run per person. */
  entryKey: string | null;
  /** Where re-entry is allowed: the id of the entering event. */
  distinguisher?: string;
}

/** Crockford's alphabet in small letters: no i, l, o, u to misread. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const BITS_PER_CHARACTER = 5;
/** Of SHA-256: with n runs two share an id with probability n² / 2¹²⁹, 1e-15 at 8e11 runs. */
const ID_BYTES = 16;

/**
 * The id of a run: 26 characters, the first 128 bits of SHA-256. The same identity always gives
 * the same id, so that an event told twice starts one run. Entry keys come from browsers, hence a
 * hash nobody can aim with; and no entry key can be read from an id.
 */
export function runId({ journey, profileId, entryKey, distinguisher }: RunIdentity): string {
  // A JSON list keeps the parts apart: ["a","bc"] and ["ab","c"] are different texts.
  const text = JSON.stringify([journey, profileId, entryKey, distinguisher ?? null]);
  return base32(sha256(text).subarray(0, ID_BYTES));
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= BITS_PER_CHARACTER) {
      bits -= BITS_PER_CHARACTER;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET.charAt((held << (BITS_PER_CHARACTER - bits)) & 31);
}
