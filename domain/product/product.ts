import type { JsonObject } from '#domain/json.ts';

/** Words about a product, in one language. */
export interface ProductTexts {
  name?: string;
  description?: string;
  url?: string;
}

/** Google Merchant's words for whether something can be had. */
export const AVAILABILITIES = ['in_stock', 'out_of_stock', 'preorder', 'backorder'] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** What is the same in every language. */
export interface ProductFacts {
  /** Integer minor units of `currency`. */
  price?: number;
  /** ISO 4217. */
  currency?: string;
  /** Minor units of `currency`; what is to be paid from `saleFrom` until before `saleUntil`. */
  salePrice?: number;
  /** Epoch ms; absent: from the beginning of time. */
  saleFrom?: number;
  /** Epoch ms; absent: until it is said otherwise. */
  saleUntil?: number;
  /** Pieces; what is sold by weight may have a fraction. */
  stock?: number;
  /** What the shop says; absent: it follows from the stock. */
  availability?: Availability;
  /** So few pieces left are few; absent: LOW_STOCK. */
  lowStock?: number;
  /** From the widest to the narrowest. */
  categories?: string[];
  brand?: string;
  image?: string;
}

/** What a product cost and how much there was of it from an instant on. */
export interface ProductMoment {
  /** Epoch ms. */
  at: number;
  price?: number;
  salePrice?: number;
  currency?: string;
  stock?: number;
  availability?: Availability;
  archived?: true;
}

/** One product of the catalogue: the document in `products`. Instants are epoch ms. */
export interface Product extends ProductTexts, ProductFacts {
  /** The shop's own id. */
  _id: string;
  attributes: JsonObject;
  /** Texts by BCP 47 tag, where they differ from those above. */
  languages: Record<string, ProductTexts>;
  /** Since when it is no longer sold; absent: it is. */
  archivedAt?: number;
  /** By which it is found: see `wordsOf`. Absent in products that were not written since. */
  words?: string[];
  /** Of the price and the stock, oldest first, at most HISTORY_MAX. */
  history?: ProductMoment[];
  /** Up to when what time itself changes (a sale that begins or ends) is accounted for. */
  lookedAt?: number;
  /** When time itself will change the price next: indexed, so that nothing is polled. */
  turnsAt?: number;
  /** Grows by one with each change; writers are fenced by it. */
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** Values that may be said; null takes one away. */
export type Said<T> = { [K in keyof T]?: T[K] | null };

/** What somebody says of a product; what is not said stays as it is. */
export interface ProductSaid {
  id: string;
  /** Of the texts; null: the shop's own language. */
  language: string | null;
  texts: Said<ProductTexts>;
  facts: Said<ProductFacts>;
  /** Null takes an attribute away. */
  attributes: JsonObject;
  /** More texts, by BCP 47 tag; null takes a language away. */
  languages?: Record<string, Said<ProductTexts> | null>;
  isArchived?: boolean;
  /** This is all there is to say: what is not said is gone. */
  isWhole?: true;
}

/** Ids are parts of addresses and of what people are told; no shop's are longer. */
export const PRODUCT_ID_MAX = 300;
/** Attributes of one product; one more is not taken. */
export const ATTRIBUTES_MAX = 500;
/** As many as a template may have. */
export const LANGUAGES_MAX = 50;
