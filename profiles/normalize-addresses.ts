import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import type { Fault } from '#domain/errors.ts';
import type { Json, JsonObject } from '#domain/json.ts';

/** RFC 5321: the longest path an e-mail can be sent to. */
const EMAIL_LENGTH_MAX = 254;
/** Longer than any number somebody writes down, brackets and extension included. */
const PHONE_LENGTH_MAX = 40;

const LOCAL = String.raw`[^\s@"<>(),:;\\[\]]+`;
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?`;
const EMAIL = new RegExp(`^${LOCAL}@${LABEL}(?:\\.${LABEL})+$`, 'u');
const E164 = /^\+[1-9]\d{7,14}$/;

/** Trimmed, lower case; null when no mail could be sent there. */
export function normalizeEmail(text: string): string | null {
  const email = text.trim().toLowerCase();
  return email.length <= EMAIL_LENGTH_MAX && EMAIL.test(email) ? email : null;
}

/**
 * E.164. A number that begins with `+` counts when it has that shape, for numbering plans change
 * faster than any table; a national one must be valid in the shop's country.
 */
export function normalizePhone(text: string, country?: string): string | null {
  if (text.length > PHONE_LENGTH_MAX) return null;
  const bare = text.replaceAll(/[\s().\-/\u00a0]/g, '');
  if (E164.test(bare)) return parsePhoneNumberFromString(bare)?.number ?? bare;
  if (bare.startsWith('+') || country === undefined) return null;
  const parsed = parsePhoneNumberFromString(text, {
    defaultCountry: country as CountryCode,
    extract: false,
  });
  return parsed?.isValid() === true ? parsed.number : null;
}

/** Attributes whose addresses are fit to be used. */
export interface Addresses {
  attributes: JsonObject;
  email?: string;
  phone?: string;
  /** One for each address left out because nothing could be sent there. */
  warnings: Fault[];
}

/**
 * Brings `email` and `phone` among the attributes into one form. One that nothing could be sent to
 * is left out with a warning, and the rest of the call stands; `null` removes as with any other.
 */
export function normalizeAddresses(attributes: JsonObject, country?: string): Addresses {
  if (attributes.email === undefined && attributes.phone === undefined) {
    return { attributes, warnings: [] };
  }
  const { email: rawEmail, phone: rawPhone, ...rest } = attributes;
  const warnings: Fault[] = [];
  const email = read('email', rawEmail, normalizeEmail, warnings);
  const phone = read('phone', rawPhone, (text) => normalizePhone(text, country), warnings);
  return {
    attributes: {
      ...rest,
      ...(email === undefined ? {} : { email }),
      ...(phone === undefined ? {} : { phone }),
    },
    ...(typeof email === 'string' ? { email } : {}),
    ...(typeof phone === 'string' ? { phone } : {}),
    warnings,
  };
}

function read(
  name: 'email' | 'phone',
  raw: Json | undefined,
  normalize: (text: string) => string | null,
  warnings: Fault[],
): string | null | undefined {
  if (raw === undefined || raw === null) return raw;
  const text = typeof raw === 'number' ? String(raw) : raw;
  const normal = typeof text === 'string' ? normalize(text) : null;
  if (normal !== null) return normal;
  const what = name === 'email' ? 'an e-mail address' : 'a phone number';
  const detail = `\`${name}\` is not ${what}, so it was not stored.`;
  warnings.push({ pointer: `#/traits/${name}`, detail });
  return undefined;
}
