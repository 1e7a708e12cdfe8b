/** The kinds of address a profile is known by. */
export const IDENTITY_KINDS = ['external', 'email', 'phone', 'anonymous', 'device'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

export interface Identity {
  kind: IdentityKind;
  /** Normalised: e-mail lower-cased, phone as E.164. */
  value: string;
}

/** Chosen once for good: an owner holds several, so growth never re-hashes. */
export const PARTITIONS = 64;

/** Longer ids are mistakes (a token, a whole URL); Mongo keys stay small. */
export const IDENTITY_LENGTH_MAX = 400;

/** The `_id` in `identities`: `kind:value`. The value must be normalised. */
export function identityId(kind: IdentityKind, value: string): string {
  return `${kind}:${value}`;
}

/**
 * An address as it is kept: e-mail trimmed and lower-cased, phone as E.164 once spaces, dashes,
 * dots and brackets are gone, other ids trimmed. Null for what cannot be one.
 */
export function normaliseIdentity(kind: IdentityKind, value: string): string | null {
  const text = value.trim();
  if (text === '' || text.length > IDENTITY_LENGTH_MAX || hasControlCharacter(text)) return null;
  if (kind === 'email') return normaliseEmail(text);
  return kind === 'phone' ? normalisePhone(text) : text;
}

/** Lower-cased and trimmed; null where it cannot be an e-mail address. */
export function normaliseEmail(value: string): string | null {
  const text = value.trim().toLowerCase();
  return /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= IDENTITY_LENGTH_MAX ? text : null;
}

/** E.164 (`+380501234567`) from text that already has the country code; null otherwise. */
export function normalisePhone(value: string): string | null {
  const text = value.replace(/[\s().-]/g, '');
  return /^\+[1-9]\d{6,14}$/.test(text) ? text : null;
}

/** Reads `email:A@b.example` as the identity it names; null where it names none. */
export function parseIdentity(text: string): Identity | null {
  const colon = text.indexOf(':');
  const kind = IDENTITY_KINDS.find((name) => name === text.slice(0, Math.max(colon, 0)));
  if (kind === undefined) return null;
  const value = normaliseIdentity(kind, text.slice(colon + 1));
  return value === null ? null : { kind, value };
}

/** How an event remembers the identity, or the profile id, by which somebody named its customer. */
export function spokenName(text: string): string {
  const identity = parseIdentity(text);
  return identity === null ? text : identityId(identity.kind, identity.value);
}

/** The partition (0…63) of a profile: FNV-1a over UTF-16 units of its id, the same for ever. */
export function partitionOf(profileId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < profileId.length; index += 1) {
    hash = Math.imul(hash ^ profileId.charCodeAt(index), 0x01000193);
  }
  // The low bits of FNV-1a are its weakest; folding mixes the high ones in.
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITIONS;
}

/** NUL and its like, and lone surrogates: nothing a key, a log or a URL can carry. */
function hasControlCharacter(text: string): boolean {
  return /\p{Cc}|\p{Cs}/u.test(text);
}
