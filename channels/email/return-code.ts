import { createHmac, timingSafeEqual } from 'node:crypto';

/** Letters and digits that survive whoever writes addresses in small letters or in large ones. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
/** 26 characters: 130 bits, which nobody guesses, and a local part may have 64 characters. */
const LENGTH = 26;
const CODE = new RegExp(`(?<![a-z0-9])([a-z2-7]{${String(LENGTH)}})@`, 'gi');

/**
 * What stands for a message in the address that its mail comes back to, and in its Message-ID: made
 * by a secret, so that only who was sent the mail can tell of it. It says nothing of the message,
 * whose id is too long for an address; the message is found by it (findReturned).
 */
export function returnCode(secret: string, messageId: string): string {
  const made = createHmac('sha256', secret).update(`kairos-return|${messageId}`).digest();
  let code = '';
  let bits = 0;
  let held = 0;
  for (const byte of made) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) code += ALPHABET.charAt((held >> (bits - 5)) & 31);
    held &= 31;
  }
  return code.slice(0, LENGTH);
}

/** Whether a code was made of this message's id with one of these secrets. */
export function isReturnCode(secrets: readonly string[], messageId: string, code: string): boolean {
  const given = Buffer.from(code);
  return secrets.some((secret) => {
    const made = Buffer.from(returnCode(secret, messageId));
    return made.length === given.length && timingSafeEqual(made, given);
  });
}

/** All that look like codes in addresses of a text, each once, in small letters. */
export function codesIn(text: string): string[] {
  return [...new Set([...text.matchAll(CODE)].map(([, code = '']) => code.toLowerCase()))];
}
