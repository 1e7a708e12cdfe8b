import { createHmac, timingSafeEqual } from 'node:crypto';

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

/**
 * A token for a link that only Kairos can have made: the payload and its HMAC-SHA256, both
 * URL-safe. The payload can be read by whoever has the link, so it holds ids and nothing personal.
 * It does not expire: a mail's unsubscribe link must work for as long as somebody keeps the mail.
 */
export function signLink(secret: string, payload: Readonly<Record<string, string>>): string {
  const body = Buffer.from(JSON.stringify(payload), 'utf8').toString('base64url');
  return `${body}.${seal(secret, body).toString('base64url')}`;
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

/** The payload of a token that `signLink` made with one of these secrets; null for anything else. */
export function readLink(secrets: readonly string[], token: string): Record<string, string> | null {
  if (token.length > TOKEN_MAX) return null;
  const [body, mark, ...rest] = token.split('.');
  if (body === undefined || mark === undefined || rest.length > 0) return null;
  const given = Buffer.from(mark, 'base64url');
  if (!secrets.some((secret) => isEqual(given, seal(secret, body)))) return null;
  return parsePayload(Buffer.from(body, 'base64url').toString('utf8'));
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function seal(secret: string, body: string): Buffer {
  return createHmac('sha256', secret).update(`kairos-link|${body}`).digest();
}

function parsePayload(text: string): Record<string, string> | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
