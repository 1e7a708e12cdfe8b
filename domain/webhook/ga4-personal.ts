import type { JsonObject } from '#domain/json.ts';

/** Something that reads as an e-mail address. */
const EMAIL = /[^\s@]@[^\s@]+\.[^\s@]/;
/** A number with its country's code: 7 to 15 digits after a plus. */
const PHONE = /\+[1-9](?:[\s().-]{0,2}\d){6,14}(?!\d)/;
/** Fewer digits than these are in every order number. */
const PHONE_DIGITS_MIN = 7;
/** Parameters that can say nothing else than who somebody is. */
const PERSONAL_NAME =
  /^(?:e_?mail|phone|mobile|tel|(?:first|last|full|middle|user|sur)_?name|birthday|birth_?date|address|street|ip|passport|token)(?:_|$)/i;
/** Attributes of the customer that are looked for in what is sent. */
const NAMES = ['name', 'full_name', 'first_name', 'last_name', 'fullName', 'firstName', 'lastName'];

/** Whether a parameter is personal by its very name. */
export function isPersonalName(name: string): boolean {
  return PERSONAL_NAME.test(name);
}

/** What is known of the customer and may not be said. */
interface WhoseName {
  identities: readonly string[];
  attributes: JsonObject;
}

/**
 * Whether a text tells who the customer is: anything that reads as an e-mail address or an
 * international phone number, the customer's own phone however it is written, and their name where
 * it is all the text says. Google forbids to send it such data.
 */
export function personalIn({ identities, attributes }: WhoseName): (text: string) => boolean {
  const phones = [...valuesOf(identities, 'phone:'), attributes.phone]
    .flatMap((phone) => (typeof phone === 'string' ? digitsOf(phone) : []))
    .filter((digits) => digits.length >= PHONE_DIGITS_MIN);
  const names = new Set(NAMES.flatMap((name) => plain(attributes[name]) ?? []));
  return (text) => {
    const read = decoded(text);
    if (EMAIL.test(read) || PHONE.test(read)) return true;
    if (names.has(plain(read) ?? '')) return true;
    const digits = phones.length === 0 ? '' : digitsOf(read);
    return phones.some((phone) => digits.includes(phone));
  };
}

/**
 * The text where nobody is known by it; of an address what stands before the question mark where
 * that is harmless; null where it may not be sent.
 */
export function harmless(text: string, isPersonal: (text: string) => boolean): string | null {
  if (!isPersonal(text)) return text;
  const path = /^https?:[^?#]*(?=[?#])/i.exec(text)?.[0];
  return path === undefined || isPersonal(path) ? null : path;
}

function valuesOf(identities: readonly string[], prefix: string): string[] {
  return identities.flatMap((one) => (one.startsWith(prefix) ? one.slice(prefix.length) : []));
}

function plain(value: unknown): string | null {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return text === '' ? null : text;
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}

/** As it reads in an address; what is broken there stays as it is. */
function decoded(text: string): string {
  return text.replaceAll(/%40/g, '@').replaceAll(/%2b/gi, '+').replaceAll(/%20/g, ' ');
}
