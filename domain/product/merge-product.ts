import type { JsonObject } from '#domain/json.ts';
import { turnsAt } from './terms.ts';
import {
  ATTRIBUTES_MAX,
  LANGUAGES_MAX,
  type Product,
  type ProductFacts,
  type ProductMoment,
  type ProductSaid,
  type ProductTexts,
  type Said,
} from './product.ts';
import { wordsOf } from './search-words.ts';

/** Changes of price and stock that are kept of one product, the newest: a season of weekly ones. */
export const HISTORY_MAX = 50;

/**
 * The product after what was said of it at `now` (epoch ms); the very same object where that is
 * nothing new, so that a feed that is repeated costs no write.
 */
export function mergeProduct(known: Product | null, said: ProductSaid, now: number): Product {
  const fresh: Product = {
    _id: said.id,
    attributes: {},
    languages: {},
    revision: 0,
    createdAt: now,
    updatedAt: now,
  };
  const before = known ?? fresh;
  const base = said.isWhole === true ? { ...fresh, ...keptOf(before) } : before;
  const after = withArchived(withSaid(base, said), said, now);
  if (known !== null && JSON.stringify(plain(after)) === JSON.stringify(plain(known))) return known;
  return looked(before, { ...after, revision: before.revision + 1, updatedAt: now }, now);
}

/** The product once what time changed in it by `now` is accounted for; the same where that is nothing. */
export function turnProduct(known: Product, now: number): Product {
  if (known.turnsAt === undefined || known.turnsAt > now) return known;
  return looked(known, { ...known, revision: known.revision + 1, updatedAt: now }, now);
}

/** What no word about a product takes away. */
function keptOf({
  revision,
  createdAt,
  updatedAt,
  archivedAt,
  history,
  lookedAt,
}: Product): Partial<Product> {
  return defined({ revision, createdAt, updatedAt, archivedAt, history, lookedAt });
}

/** What somebody can say of a product, in an order of its own: by this two states are compared. */
function plain(product: Product): unknown {
  const {
    words: _words,
    history: _history,
    lookedAt: _lookedAt,
    turnsAt: _turnsAt,
    revision: _revision,
    updatedAt: _updatedAt,
    ...rest
  } = product;
  return Object.entries(rest).sort(([one], [two]) => (one < two ? -1 : 1));
}

function withSaid(base: Product, said: ProductSaid): Product {
  const { language, texts } = said;
  const isTranslated = language !== null && Object.values(texts).some((text) => text !== null);
  // Who only ever says texts with their language still finds a name without asking for one.
  const own = isTranslated ? { ...defined(texts), ...textsOf(base) } : texts;
  const after = over<Product>(over<Product>(base, own), settled(base, said.facts));
  return {
    ...after,
    attributes: withinLimit(over(base.attributes, said.attributes)),
    languages: withLanguages(base.languages, {
      ...said.languages,
      ...(isTranslated ? { [language]: texts } : {}),
    }),
  };
}

/** The last word counts: a stock that is told again speaks against an older availability. */
function settled(base: ProductFacts, facts: Said<ProductFacts>): Said<ProductFacts> {
  const { stock, availability } = facts;
  if (typeof stock === 'number' && availability === undefined) {
    const isThere = stock > 0;
    const isAgainst = base.availability === (isThere ? 'out_of_stock' : 'in_stock');
    return isAgainst ? { ...facts, availability: null } : facts;
  }
  if (availability == null || stock !== undefined || base.stock === undefined) return facts;
  const isAgainst =
    (availability === 'in_stock' && base.stock <= 0) ||
    (availability === 'out_of_stock' && base.stock > 0);
  return isAgainst ? { ...facts, stock: null } : facts;
}

function withArchived(product: Product, { isArchived }: ProductSaid, now: number): Product {
  if (isArchived === undefined || isArchived === (product.archivedAt !== undefined)) return product;
  const { archivedAt: _, ...rest } = product;
  return isArchived ? { ...rest, archivedAt: now } : rest;
}

/** With everything that follows from the rest. */
function looked(before: Product, after: Product, now: number): Product {
  const { turnsAt: _, ...rest } = after;
  const turn = turnsAt(after, now);
  return {
    ...rest,
    words: wordsOf(after),
    history: withMoment(before, after, now),
    lookedAt: now,
    ...(turn === null ? {} : { turnsAt: turn }),
  };
}

function withMoment(before: Product, after: Product, now: number): ProductMoment[] {
  const history = before.history ?? [];
  const moment = momentOf(after);
  const [last] = history.slice(-1);
  const { at: _, ...known } = last ?? { at: 0 };
  if (JSON.stringify(known) === JSON.stringify(moment)) return history;
  return [...history, { at: now, ...moment }].slice(-HISTORY_MAX);
}

function momentOf(product: Product): Omit<ProductMoment, 'at'> {
  const { price, salePrice, currency, stock, availability, archivedAt } = product;
  return {
    ...defined({ price, salePrice, currency, stock, availability }),
    ...(archivedAt === undefined ? {} : { archived: true as const }),
  };
}

function withLanguages(
  known: Product['languages'],
  said: NonNullable<ProductSaid['languages']>,
): Product['languages'] {
  const languages = { ...known };
  for (const [tag, texts] of Object.entries(said)) {
    const merged = texts === null ? {} : over(languages[tag] ?? {}, texts);
    if (Object.keys(merged).length === 0) Reflect.deleteProperty(languages, tag);
    else languages[tag] = merged;
  }
  return Object.fromEntries(Object.entries(languages).slice(0, LANGUAGES_MAX));
}

function textsOf({ name, description, url }: Product): ProductTexts {
  return defined({ name, description, url });
}

/** `said` over `known`; null takes a value away. */
function over<T extends object>(known: T, said: Said<T> | JsonObject): T {
  const values: Record<string, unknown> = Object.fromEntries(Object.entries(known));
  for (const [name, value] of Object.entries(said)) {
    if (value === null) Reflect.deleteProperty(values, name);
    else if (value !== undefined) values[name] = value;
  }
  return values as T;
}

/** Without the values that are not there. */
function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const there = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(there) as { [K in keyof T]?: NonNullable<T[K]> };
}

function withinLimit(attributes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).slice(0, ATTRIBUTES_MAX));
}
