import type { Availability } from '#domain/product/product.ts';

/** Words of feeds, of old and new, for whether something can be had. */
const WORDS: Readonly<Record<string, Availability | 'discontinued'>> = {
  in_stock: 'in_stock',
  instock: 'in_stock',
  available: 'in_stock',
  available_for_order: 'in_stock',
  limited_availability: 'in_stock',
  limitedavailability: 'in_stock',
  out_of_stock: 'out_of_stock',
  outofstock: 'out_of_stock',
  sold_out: 'out_of_stock',
  soldout: 'out_of_stock',
  unavailable: 'out_of_stock',
  preorder: 'preorder',
  pre_order: 'preorder',
  presale: 'preorder',
  backorder: 'backorder',
  back_order: 'backorder',
  discontinued: 'discontinued',
};

/** What a text means by `in stock`, `InStock`, `https://schema.org/InStock` …; null: nothing known. */
export function availabilityIn(text: string): Availability | 'discontinued' | null {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\/schema\.org\//, '');
  const plain = word.replaceAll(/[\s-]+/g, '_');
  return Object.hasOwn(WORDS, plain) ? (WORDS[plain] ?? null) : null;
}
