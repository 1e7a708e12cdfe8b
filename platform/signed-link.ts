import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

/** What of the configuration decides about links. */
interface LinkKeys {
  KAIROS_LINK_SECRET?: string | undefined;
  KAIROS_LINK_SECRET_PREVIOUS: readonly string[];
  KAIROS_ADMIN_KEY: string;
  KAIROS_ADMIN_KEY_PREVIOUS: readonly string[];
}

/**
 * The secret that signs new links, and all that old ones may have been signed with. Before there
 * was a secret of their own it was the admin key: links of that time go on working.
 */
export function linkSecrets(keys: LinkKeys): { signing: string; known: string[] } {
  const signing = keys.KAIROS_LINK_SECRET ?? keys.KAIROS_ADMIN_KEY;
  const earlier = [...keys.KAIROS_LINK_SECRET_PREVIOUS, keys.KAIROS_ADMIN_KEY];
  return {
    signing,
    known: [...new Set([signing, ...earlier, ...keys.KAIROS_ADMIN_KEY_PREVIOUS])],
  };
}

/** Longest token that is looked at; ours are some two hundred characters. */
const TOKEN_MAX = 2_048;
/** Bytes of the seal before what is sealed: nobody guesses one of 128 bits, nor do two come out the same. */
const SEAL_BYTES = 16;

/**
 * A token for a link that only Kairos can have made and read, URL-safe: whoever has the link learns
 * nothing of it, not even the name of a template or a campaign. The same payload makes the same
 * token, so that a message that is rendered again is the same.
 *
 * As in RFC 5297 (SIV): the HMAC-SHA256 of the payload, cut to 16 bytes, is both its seal and the
 * counter that AES-256-CTR begins with, under two keys made of the secret. Two payloads never share
 * a counter unless their seals collide, and there is no nonce that could be used twice.
 *
 * It does not expire: a mail's unsubscribe link must work for as long as somebody keeps the mail.
 */
export function signLink(secret: string, payload: Readonly<Record<string, string>>): string {
  const plain = Buffer.from(JSON.stringify(payload), 'utf8');
  const keys = keysOf(secret);
  const seal = sealOf(keys, plain);
  const cipher = createCipheriv(CIPHER, keys.cipher, seal);
  return Buffer.concat([seal, cipher.update(plain), cipher.final()]).toString('base64url');
}

const CIPHER = 'aes-256-ctr';

interface LinkKeysMade {
  seal: Buffer;
  cipher: Buffer;
}

/** Of the secrets in use, some dozens at most; each is made twice for every token otherwise. */
const made = new Map<string, LinkKeysMade>();
const MADE_MAX = 500;

function keysOf(secret: string): LinkKeysMade {
  const known = made.get(secret);
  if (known !== undefined) return known;
  const key = (use: string): Buffer =>
    createHmac('sha256', secret).update(`kairos-link-${use}|`).digest();
  const keys = { seal: key('seal'), cipher: key('cipher') };
  if (made.size >= MADE_MAX) made.clear();
  made.set(secret, keys);
  return keys;
}

function sealOf({ seal }: LinkKeysMade, plain: Buffer): Buffer {
  return createHmac('sha256', seal).update(plain).digest().subarray(0, SEAL_BYTES);
}

/** Of its 256 bits: nobody guesses one of 72 over a network, and a text message is paid by length. */
const CODE_BYTES = 9;
/** Characters of a code. */
export const CODE_LENGTH = 12;

/**
 * A short code for a link that stands in a store: 12 characters that only Kairos can have made for
 * this name. The code says nothing; whoever is asked for it looks it up.
 */
export function linkCode(secret: string, name: string): string {
  const made = createHmac('sha256', secret).update(`kairos-code|${name}`).digest();
  return made.subarray(0, CODE_BYTES).toString('base64url');
}

/**
 * The payload of a token that `signLink` made with one of these secrets; null for anything else.
 * Tokens of before they were sealed are read as well: links in mails work for good.
 */
export function readLink(secrets: readonly string[], token: string): Record<string, string> | null {
  if (token.length > TOKEN_MAX) return null;
  const plain = token.includes('.') ? readSigned(secrets, token) : readSealed(secrets, token);
  return plain === null ? null : parsePayload(plain.toString('utf8'));
}

function readSealed(secrets: readonly string[], token: string): Buffer | null {
  const bytes = Buffer.from(token, 'base64url');
  // One text for one token: `Buffer.from` passes over what is no base64url, and over bits too many.
  if (bytes.length <= SEAL_BYTES || bytes.toString('base64url') !== token) return null;
  const seal = bytes.subarray(0, SEAL_BYTES);
  for (const secret of secrets) {
    const keys = keysOf(secret);
    const decipher = createDecipheriv(CIPHER, keys.cipher, seal);
    const plain = Buffer.concat([decipher.update(bytes.subarray(SEAL_BYTES)), decipher.final()]);
    if (timingSafeEqual(seal, sealOf(keys, plain))) return plain;
  }
  return null;
}

/** A payload in the open and its HMAC-SHA256, as tokens were. */
function readSigned(secrets: readonly string[], token: string): Buffer | null {
  const [body, mark, ...rest] = token.split('.');
  if (body === undefined || mark === undefined || rest.length > 0) return null;
  const given = Buffer.from(mark, 'base64url');
  const isOurs = secrets.some((secret) => {
    const expected = createHmac('sha256', secret).update(`kairos-link|${body}`).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isOurs ? Buffer.from(body, 'base64url') : null;
}

function parsePayload(text: string): Record<string, string> | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
