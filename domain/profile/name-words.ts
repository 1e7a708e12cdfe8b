import type { JsonObject } from '#domain/json.ts';

/** The attributes that are a person's name, in the spellings shops use. */
const NAME_ATTRIBUTES = [
  'name',
  'full_name',
  'fullName',
  'first_name',
  'firstName',
  'middle_name',
  'middleName',
  'last_name',
  'lastName',
];

/** Words of one person's names that can be searched by; nobody is called by more. */
export const NAME_WORDS_MAX = 16;
/** Characters of a word that tell it from others; what follows is not looked at. */
export const NAME_WORD_CHARS_MAX = 40;
/** Characters of a name that are read: a longer text is none. */
const NAME_CHARS_MAX = 400;

/** Latin letters that Unicode does not take apart, as people write them without their marks. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŧ: 't',
};

const APOSTROPHES = /['’ʼ`]/g;
const NO_WORD = /[^\p{L}\p{N}]+/u;

/**
 * The words of a text as names are compared: lower case, without accents, so that `Müller` and
 * `muller` are one. A name with an apostrophe counts in its parts and as one word: `O’Brien` is
 * `o`, `brien` and `obrien`. Each word once, in order of the alphabet.
 */
export function foldWords(text: string): string[] {
  const plain = fold(text.slice(0, NAME_CHARS_MAX));
  const joined = plain.replaceAll(APOSTROPHES, '');
  const words = (joined === plain ? plain : `${plain} ${joined}`).split(NO_WORD).filter(Boolean);
  return [...new Set(words.map(shortened))].sort();
}

function shortened(word: string): string {
  if (word.length <= NAME_WORD_CHARS_MAX) return word;
  return Array.from(word).slice(0, NAME_WORD_CHARS_MAX).join('');
}

/** The words by which a person of these attributes is found by name; none where no name is known. */
export function nameWords(attributes: JsonObject): string[] {
  let text = '';
  for (const attribute of NAME_ATTRIBUTES) {
    const name = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    if (typeof name === 'string') text += ` ${name.slice(0, NAME_CHARS_MAX)}`;
  }
  return text === '' ? [] : foldWords(text).slice(0, NAME_WORDS_MAX);
}

/** The name as it is shown: the whole one where it was said, else its parts; null: none. */
export function shownName(attributes: JsonObject): string | null {
  const said = (...names: string[]): string | null => {
    for (const name of names) {
      const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (typeof value === 'string' && value.trim() !== '') return value.trim();
    }
    return null;
  };
  const parts = [
    said('first_name', 'firstName'),
    said('middle_name', 'middleName'),
    said('last_name', 'lastName'),
  ].filter((part) => part !== null);
  return said('name', 'full_name', 'fullName') ?? (parts.length === 0 ? null : parts.join(' '));
}

/** Whether a person of these words answers to what was typed: each of its words begins one. */
export function answersTo(words: readonly string[], typed: readonly string[]): boolean {
  return typed.every((part) => words.some((word) => word.startsWith(part)));
}

function fold(text: string): string {
  const bare = text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase();
  return bare.replaceAll(/[ßæœøłđðþħıŧ]/g, (letter) => PLAIN[letter] ?? letter);
}
