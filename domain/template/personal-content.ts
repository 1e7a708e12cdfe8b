import type { RunEntry } from '#domain/journey/run.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import { productContent } from '#domain/product/product-content.ts';
import type { Product } from '#domain/product/product.ts';
import { productIdOf } from '#domain/profile/cart.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import type { Profile } from '#domain/profile/profile.ts';

/** What is read for a message only where its template asks for it. */
export const PERSONAL_ROOTS = ['cart', 'viewed', 'order', 'product', 'recommendations'] as const;
export type PersonalRoot = (typeof PERSONAL_ROOTS)[number];

/** Products of each list; a message shows a handful. */
export const PRODUCTS_MAX = 20;

/** An order as an event told it; the latest of a person. */
export interface ToldOrder {
  properties: JsonObject;
  /** Epoch ms. */
  occurredAt: number;
}

export interface PersonalInput {
  profile: Pick<Profile, 'cart' | 'interests'>;
  entry: RunEntry;
  order: ToldOrder | null;
}

/** Ids of the products that each of a person's lists is of, the first shown first. */
export type PersonalLists = Record<Exclude<PersonalRoot, 'recommendations'>, string[]>;

export function personalLists({ profile, entry, order }: PersonalInput): PersonalLists {
  const entered = productIdOf(entry.properties);
  return {
    cart: profile.cart.slice(-PRODUCTS_MAX).map(({ product_id }) => product_id),
    viewed: lastViewed(profile),
    order: linesOf(order).flatMap((line) => productIdOf(line) ?? []),
    product: entered === null ? [] : [entered],
  };
}

/** The latest look first. */
function lastViewed({ interests = [] }: Pick<Profile, 'interests'>): string[] {
  return interests
    .flatMap(({ product, kinds: { viewed } }) =>
      viewed === undefined ? [] : [{ product, viewed }],
    )
    .sort((one, two) => two.viewed - one.viewed)
    .slice(0, PRODUCTS_MAX)
    .map(({ product }) => product);
}

function linesOf(order: ToldOrder | null): JsonObject[] {
  const lines = order?.properties.products;
  return Array.isArray(lines) ? lines.slice(0, PRODUCTS_MAX).filter(isJsonObject) : [];
}

export interface Shelf {
  /** Of the catalogue, by id; those it does not know are not among them. */
  products: ReadonlyMap<string, Product>;
  recommended: readonly string[];
  /** BCP 47, of the message. */
  language: string;
  /** The shop's ISO 4217 currency. */
  currency: string;
  /** Epoch ms. */
  now: number;
}

/**
 * The values of the personal roots. What a person put into the cart or bought is shown although the
 * catalogue knows nothing of it, by what the events said; all else only as long as it is sold.
 */
export function personalContent(
  input: PersonalInput,
  lists: PersonalLists,
  shelf: Shelf,
): Record<PersonalRoot, Json> {
  const [product] = sold(lists.product, shelf);
  return {
    cart: cartLines(input, shelf),
    viewed: sold(lists.viewed, shelf),
    order: orderOf(input.order, shelf),
    product: product ?? null,
    recommendations: sold(shelf.recommended, shelf),
  };
}

function sold(ids: readonly string[], { products, language, now }: Shelf): JsonObject[] {
  return ids.flatMap((id) => {
    const product = products.get(id);
    const isSold = product !== undefined && product.archivedAt === undefined;
    return isSold ? [productContent(product, language, now)] : [];
  });
}

function cartLines({ profile }: PersonalInput, shelf: Shelf): JsonObject[] {
  return profile.cart.slice(-PRODUCTS_MAX).map((line) => {
    const { product_id, cart_id, name, quantity } = line;
    const known = knownAs(product_id, shelf);
    const said = line.price === null ? null : toMajorUnits(line.price, shelf.currency);
    // What the catalogue says now is what will be paid; the event's price is of the day it came.
    const price = typeof known?.price === 'number' ? known.price : said;
    const currency = typeof known?.price === 'number' ? (known.currency ?? null) : shelf.currency;
    return {
      ...known,
      ...{ product_id, cart_id, quantity, price, currency },
      name: known?.name ?? name,
      total: price === null ? null : rounded(price * quantity),
    };
  });
}

function orderOf(order: ToldOrder | null, shelf: Shelf): Json {
  if (order === null) return null;
  const { properties, occurredAt } = order;
  const { products: _, ...rest } = properties;
  return {
    ...rest,
    at: new Date(occurredAt).toISOString(),
    currency: properties.currency ?? shelf.currency,
    products: linesOf(order).map((line) => {
      const id = productIdOf(line);
      // The price that was paid stands; pictures and names are the catalogue's.
      return { ...(id === null ? {} : knownAs(id, shelf)), ...line };
    }),
  };
}

function knownAs(id: string, { products, language, now }: Shelf): JsonObject | undefined {
  const product = products.get(id);
  return product === undefined ? undefined : productContent(product, language, now);
}

/** Sums of decimals come out with crumbs; no currency has more than four decimals. */
function rounded(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}
