import type { CellReader } from './cell-reader.ts';
import { CellFault } from './row.ts';

const HEX = /^[0-9a-f]{64}$/i;
/** 32 bytes in base64, of either alphabet, with the sign at its end or without. */
const BASE64 = /^[\w+/-]{43}=?$/;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX_LENGTH = 64;
const IS_NO_HASH = 'is no SHA-256, in hexadecimal digits or in base64.';
const IS_EMAIL = 'is an e-mail: hash it first (SHA-256 of the trimmed, lower-cased address).';

/**
 * A SHA-256 as it is written in a file, as 64 small hexadecimal digits. Hexadecimal and base64
 * differ in length, so that neither is taken for the other; null for what is none.
 */
export function readSha256(text: string): string | null {
  if (HEX.test(text)) return text.toLowerCase();
  if (!BASE64.test(text)) return null;
  const plain = text.replaceAll('-', '+').replaceAll('_', '/').replace('=', '');
  const bits = Array.from(plain, (sign) => ALPHABET.indexOf(sign).toString(2).padStart(6, '0'));
  const digits = bits.join('').match(/.{4}/g) ?? [];
  const hex = digits.map((four) => parseInt(four, 2).toString(16)).join('');
  return hex.slice(0, HEX_LENGTH);
}

/** The hash a row names somebody by. @throws CellFault where it has none */
export function hashOf(cells: CellReader): string {
  const text = cells.needed('email_sha256');
  const hash = readSha256(text);
  if (hash !== null) return hash;
  const column = cells.plan.fields.email_sha256?.column ?? null;
  const name = column ?? 'email_sha256';
  throw new CellFault(column, `"${name}" ${text.includes('@') ? IS_EMAIL : IS_NO_HASH}`);
}

/** How e-mails are written before they are hashed. */
export const EMAIL_FORMS = ['plain', 'google'] as const;
export type EmailForm = (typeof EMAIL_FORMS)[number];

/**
 * An e-mail, which is trimmed and in lower case already, as lists have it before it is hashed. In
 * Google's form the dots before `@gmail.com` and `@googlemail.com` are left out.
 */
export function emailInForm(email: string, form: EmailForm): string {
  if (form === 'plain') return email;
  const [, local, host] = /^(.*)(@g(?:oogle)?mail\.com)$/.exec(email) ?? [];
  return local === undefined || host === undefined ? email : local.replaceAll('.', '') + host;
}
