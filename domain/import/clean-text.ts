import { languageTag } from '#domain/profile/attributes.ts';

/** How addresses are brought into their one form; null for what nothing could be sent to. */
export interface AddressTools {
  email(text: string): string | null;
  /** E.164; `country` is ISO 3166, for numbers without a country code. */
  phone(text: string, country?: string): string | null;
}

/**
 * A phone number as E.164: `00` abroad is `+`, and a number that a program took for a fraction
 * (`380501234567.0`) is mended. Null where it is none.
 */
export function cleanPhone(text: string, tools: AddressTools, country?: string): string | null {
  const whole = text.trim().replace(/^(\d{7,15})\.0+$/, '$1');
  const abroad = whole.replace(/^00(?=[1-9])/, '+');
  const known = tools.phone(abroad, country);
  if (known !== null || !/^[1-9]\d{10,14}$/.test(abroad)) return known;
  // Eleven figures and more without a nought in front begin with the country's code.
  return tools.phone(`+${abroad}`, country);
}

/** Languages by the names that people write in their stead. */
const NAMES: Readonly<Record<string, string>> = {
  english: 'en',
  ukrainian: 'uk',
  українська: 'uk',
  ua: 'uk',
  russian: 'ru',
  русский: 'ru',
  polish: 'pl',
  polski: 'pl',
  german: 'de',
  deutsch: 'de',
  french: 'fr',
  français: 'fr',
  spanish: 'es',
  español: 'es',
  italian: 'it',
  italiano: 'it',
};

/** A BCP 47 tag (`pt_BR` is `pt-BR`, `English` is `en`); null where it is no language. */
export function cleanLanguage(text: string): string | null {
  return NAMES[text.toLowerCase()] ?? languageTag(text);
}

const YES = new Set([
  'true',
  'yes',
  'y',
  '1',
  'on',
  'granted',
  'subscribed',
  'opted-in',
  'так',
  'да',
]);
const NO = new Set([
  'false',
  'no',
  'n',
  '0',
  'off',
  'withdrawn',
  'unsubscribed',
  'opted-out',
  'denied',
  'ні',
  'нет',
]);

/** Yes or no in the words of files; null for other words. */
export function readYesNo(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : null;
}
