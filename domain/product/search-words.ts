import type { Product } from './product.ts';

/** Words one product is found by; a name in ten languages has about as many. */
const WORDS_MAX = 50;
/** Longer ones are looked for by their beginning anyway. */
const WORD_LENGTH_MAX = 40;
/** Words of one search; more only make it slower. */
const ASKED_MAX = 8;

/** What a product is found by: the words of its names, its brand and its id, each once, in lower case. */
export function wordsOf(product: Product): string[] {
  const names = Object.values(product.languages).map(({ name }) => name);
  const texts = [product._id, product.name, product.brand, ...names];
  const words = texts.flatMap((text) => (text === undefined ? [] : splitWords(text)));
  return [...new Set(words)].slice(0, WORDS_MAX);
}

/** The beginnings of words that somebody looks for. */
export function askedWords(text: string): string[] {
  return [...new Set(splitWords(text))].slice(0, ASKED_MAX);
}

function splitWords(text: string): string[] {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u);
  return words.filter((word) => word !== '').map((word) => word.slice(0, WORD_LENGTH_MAX));
}
