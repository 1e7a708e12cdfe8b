import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import { currencyCode, decimalNumber } from '#domain/profile/money.ts';
import { GA4_ABOUT_ONE, GA4_ITEM, GA4_PARAMS } from '#domain/source/ga4-names.ts';
import { cut, plainName } from './ga4-name.ts';
import { harmless, isPersonalName } from './ga4-personal.ts';

/** Parameters of one event; more are not taken. */
const PARAMS_MAX = 25;
/** Items of one event; more are not taken. */
const ITEMS_MAX = 200;
/** Characters of a value; more are not taken. */
const VALUE_LENGTH_MAX = 100;
/** What may be longer. https://support.google.com/analytics/answer/9267744 */
const LONGER: Readonly<Record<string, number>> = {
  page_title: 300,
  page_referrer: 420,
  page_location: 1_000,
};

/** Names that Google keeps for itself, or reads as ids of people. */
const RESERVED_PARAM =
  /^(?:firebase_|ga_|google_|gtag|(?:user|customer|session|client)_?id$|uid$|cid$|sid$|session_number$|engagement_time_msec$|kairos_event$|items$)/;

/** Where an event says what it is worth: in the order in which orders here are read. */
const WORTH: Readonly<Record<string, readonly string[]>> = {
  purchase: ['revenue', 'total', 'value'],
  refund: ['total', 'revenue', 'value'],
  ...Object.fromEntries(
    [
      'view_item',
      'add_to_cart',
      'remove_from_cart',
      'add_to_wishlist',
      'view_cart',
      'begin_checkout',
      'add_shipping_info',
      'add_payment_info',
    ].map((name) => [name, ['value', 'revenue', 'total']]),
  ),
};
/** Of any other event, as they come in of Google. */
const WORTH_ELSE = ['revenue'];

/** Names of facts at Google by those here. */
const ITEM_THERE = inverted(GA4_ITEM);
const PARAM_THERE = inverted(GA4_PARAMS);
const AMOUNTS: ReadonlySet<string> = new Set(['price', 'quantity', 'tax', 'shipping', 'discount']);

/** What parameters are made of. */
interface Said {
  /** The event's name at Google. */
  name: string;
  properties: JsonObject;
  /** The page it happened on, where the event says it apart. */
  page: JsonObject;
  /** The shop's, ISO 4217. */
  currency: string;
  isPersonal: (text: string) => boolean;
}

/**
 * The parameters of an event at Google, at most PARAMS_MAX less `kept` of them, those Google reports
 * on first. Lists and objects other than products are left out, and whatever tells who somebody is.
 */
export function paramsOf(said: Said, kept: number): JsonObject {
  const { properties, name } = said;
  const isAboutOne = GA4_ABOUT_ONE.has(name) && !Array.isArray(properties.products);
  const items = itemsOf(said, isAboutOne);
  const params: JsonObject = {
    ...worthOf(said, items),
    ...(items.length > 0 ? { items } : {}),
    ...namedOf(said),
  };
  for (const [own, value] of Object.entries(properties)) {
    if (isAboutOne && Object.hasOwn(ITEM_THERE, own)) continue;
    if (Object.hasOwn(PARAM_THERE, own) || worthWords(name).includes(own)) continue;
    const there = plainName(own);
    if (isRefused(own, there) || Object.hasOwn(params, there)) continue;
    const plain = valueOf(there, value, said);
    if (plain !== null) params[there] = plain;
  }
  return Object.fromEntries(Object.entries(params).slice(0, PARAMS_MAX - kept));
}

function isRefused(own: string, there: string): boolean {
  return own.startsWith('_') || RESERVED_PARAM.test(there) || isPersonalName(there);
}

/** What Google has names of its own for, from the event or the page it happened on. */
function namedOf(said: Said): JsonObject {
  const named: JsonObject = {};
  for (const [own, there] of Object.entries(PARAM_THERE)) {
    const value = said.properties[own] ?? (there.startsWith('page_') ? said.page[own] : null);
    const plain = valueOf(there, typeof value === 'number' ? String(value) : value, said);
    if (plain !== null) named[there] = plain;
  }
  return named;
}

/** What it is worth with its currency: Google reports neither without the other. */
function worthOf({ name, properties, currency }: Said, items: readonly JsonObject[]): JsonObject {
  const said = worthWords(name)
    .map((word) => decimalNumber(properties[word]))
    .find((amount) => amount !== null);
  const value = said ?? (Object.hasOwn(WORTH, name) ? sumOf(items) : null);
  const code = currencyCode(properties.currency) ?? currency;
  return value === null ? {} : { currency: code, value };
}

function worthWords(name: string): readonly string[] {
  return (Object.hasOwn(WORTH, name) ? WORTH[name] : undefined) ?? WORTH_ELSE;
}

/**
 * What items are worth, null where none has a price; to a millionth, which no currency divides
 * into, for sums of decimals are a little beside them.
 */
function sumOf(items: readonly JsonObject[]): number | null {
  const priced = items.filter(({ price }) => price !== undefined);
  if (priced.length === 0) return null;
  const sum = priced.reduce(
    (all, { price, quantity }) => all + Number(price) * Number(quantity ?? 1),
    0,
  );
  const rounded = Math.round(sum * 1e6) / 1e6;
  return Number.isFinite(rounded) ? rounded : null;
}

function itemsOf(said: Said, isAboutOne: boolean): JsonObject[] {
  const { products } = said.properties;
  const lines: readonly Json[] = isAboutOne
    ? [said.properties]
    : Array.isArray(products)
      ? products.slice(0, ITEMS_MAX)
      : [];
  return lines.flatMap((line) => (isJsonObject(line) ? itemOf(line, said) : []));
}

/** One product; Google takes none without an id or a name. */
function itemOf(line: JsonObject, said: Said): JsonObject[] {
  const item: JsonObject = {};
  for (const [own, there] of Object.entries(ITEM_THERE)) {
    const value = line[own];
    const isText = !AMOUNTS.has(own) && typeof value === 'number';
    const plain = valueOf(there, isText ? String(value) : value, said);
    if (plain !== null) item[there] = plain;
  }
  return item.item_id === undefined && item.item_name === undefined ? [] : [item];
}

/** A value as Google takes it; null where it takes none, or may not be told. */
function valueOf(
  there: string,
  value: Json | undefined,
  { isPersonal }: Said,
): string | number | null {
  if (AMOUNTS.has(there)) return decimalNumber(value);
  if (typeof value === 'number') return isPersonal(String(value)) ? null : value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value.trim() === '') return null;
  const told = harmless(value, isPersonal);
  return told === null ? null : cut(told, LONGER[there] ?? VALUE_LENGTH_MAX);
}

function inverted(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).map(([there, own]) => [own, there]));
}
