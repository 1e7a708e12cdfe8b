import type { JsonObject } from '#domain/json.ts';

/** Words about a product, in one language. */
export interface ProductTexts {
  name?: string;
  description?: string;
  url?: string;
}

/** What is the same in every language. */
export interface ProductFacts {
  /** Integer minor units of `currency`. */
  price?: number;
  /** ISO 4217. */
  currency?: string;
  /** Pieces; what is sold by weight may have a fraction. */
  stock?: number;
  /** From the widest to the narrowest. */
  categories?: string[];
  image?: string;
}

/** One product of the catalogue: the document in `products`. Instants are epoch ms. */
export interface Product extends ProductTexts, ProductFacts {
  /** The shop's own id. */
  _id: string;
  attributes: JsonObject;
  /** Texts by BCP 47 tag, where they differ from those above. */
  languages: Record<string, ProductTexts>;
  /** Grows by one with each change; writers are fenced by it. */
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** What somebody says of a product; what is not said stays as it is. */
export interface ProductSaid {
  id: string;
  /** Of the texts; null: the shop's own language. */
  language: string | null;
  texts: ProductTexts;
  facts: ProductFacts;
  attributes: JsonObject;
}

/** Attributes of one product; one more is not taken. */
const ATTRIBUTES_MAX = 500;

/** The product after what was said of it at `now`; the very same object where that is nothing new. */
export function mergeProduct(known: Product | null, said: ProductSaid, now: number): Product {
  const before: Product = known ?? {
    _id: said.id,
    attributes: {},
    languages: {},
    revision: 0,
    createdAt: now,
    updatedAt: now,
  };
  const { language, texts } = said;
  const isTranslated = language !== null && Object.keys(texts).length > 0;
  const after: Product = {
    ...before,
    // Who only ever says texts with their language still finds a name without asking for one.
    ...(isTranslated ? { ...texts, ...textsOf(before) } : texts),
    ...said.facts,
    attributes: withinLimit({ ...before.attributes, ...said.attributes }),
    languages: isTranslated
      ? { ...before.languages, [language]: { ...before.languages[language], ...texts } }
      : before.languages,
  };
  if (known !== null && JSON.stringify(after) === JSON.stringify(before)) return known;
  return { ...after, revision: before.revision + 1, updatedAt: now };
}

function textsOf({ name, description, url }: Product): ProductTexts {
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(url === undefined ? {} : { url }),
  };
}

function withinLimit(attributes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).slice(0, ATTRIBUTES_MAX));
}
