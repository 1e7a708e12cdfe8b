import { chooseLanguage } from '#domain/template/choose-language.ts';
import type { PageWords } from './page-words.ts';
import { AR, PL, RU, UK } from './words-eastern.ts';
import { DE, EN, ES, FR } from './words-western.ts';

const WORDS = { en: EN, de: DE, es: ES, fr: FR, pl: PL, uk: UK, ru: RU, ar: AR } as const;

export type PageLanguage = keyof typeof WORDS;

/** The languages that the hosted pages are written in, the one they fall back to first. */
export const PAGE_LANGUAGES = Object.keys(WORDS) as PageLanguage[];

/** The language of a page by what its reader is known to read, the likeliest first; else English. */
export function pageLanguage(wishes: readonly (string | null | undefined)[]): PageLanguage {
  const chosen = chooseLanguage(PAGE_LANGUAGES, wishes);
  return PAGE_LANGUAGES.find((one) => one === chosen) ?? 'en';
}

export function pageWords(language: PageLanguage): PageWords {
  return WORDS[language];
}
