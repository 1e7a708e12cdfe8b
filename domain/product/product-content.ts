import type { JsonObject } from '#domain/json.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import { chooseLanguage } from '#domain/template/choose-language.ts';
import type { Product, ProductTexts } from './product.ts';
import { termsOf } from './terms.ts';

/** What a message may say of a product: names of its values, for those who check templates. */
export const PRODUCT_CONTENT: readonly string[] = [
  ...['product_id', 'name', 'description', 'url', 'image', 'price', 'old_price', 'currency'],
  ...['on_sale', 'availability', 'few_left', 'brand', 'category', 'categories', 'attributes'],
];

/**
 * A product as a message shows it: in its reader's language, at the price of this instant (decimal
 * major units), with the usual price where there is a sale. `now` is epoch ms.
 */
export function productContent(product: Product, language: string, now: number): JsonObject {
  const { _id, image, brand, categories = [], attributes, currency } = product;
  const { price, isSale, availability, isLow } = termsOf(product, now);
  const major = (minor: number | null | undefined): number | null =>
    minor == null || currency === undefined ? null : toMajorUnits(minor, currency);
  const { name, description, url } = textsIn(product, language);
  return {
    product_id: _id,
    ...{ name: name ?? null, description: description ?? null, url: url ?? null },
    image: image ?? null,
    price: major(price),
    old_price: isSale ? major(product.price) : null,
    currency: currency ?? null,
    on_sale: isSale,
    availability,
    few_left: isLow,
    brand: brand ?? null,
    category: categories.at(-1) ?? null,
    ...{ categories, attributes },
  };
}

/** Its own texts where it has none in that language; no other language's. */
function textsIn(product: Product, language: string): ProductTexts {
  const base = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';
  const tags = Object.keys(product.languages).filter((tag) => base(tag) === base(language));
  const chosen = chooseLanguage(tags, [language]);
  return { ...product, ...(chosen === null ? {} : product.languages[chosen]) };
}
