import { didYouMean } from '#domain/journey/nearest-word.ts';
import { PRODUCT_CONTENT } from '#domain/product/product-content.ts';
import { KEPT_TRAITS } from '#domain/profile/kept-traits.ts';

/** What people of this shop are known to have, and what is said of what they do. */
export interface SeenNames {
  /** Names of attributes among the customers looked at. */
  attributes: ReadonlySet<string>;
  /** Names of properties among the events looked at. */
  properties: ReadonlySet<string>;
  /** Names of the shop's own attributes among the products looked at. */
  productAttributes: ReadonlySet<string>;
  /** Keys of the pools of vouchers. */
  pools: ReadonlySet<string>;
}

/** Attributes of Segment's spec, and those that Kairos itself reads. */
const ATTRIBUTES: readonly string[] = [
  ...['address', 'age', 'avatar', 'birthday', 'company', 'createdAt', 'description', 'email'],
  ...['firstName', 'gender', 'id', 'lastName', 'name', 'phone', 'title', 'username', 'website'],
  ...['first_name', 'last_name', 'created_at', 'language', 'locale', 'timezone', 'zone'],
  ...['city', 'country'],
];

/** Of Segment's e-commerce spec. */
const PRODUCT_PROPERTIES: readonly string[] = [
  ...['product_id', 'sku', 'category', 'name', 'brand', 'variant', 'price', 'quantity', 'coupon'],
  ...['position', 'url', 'image_url', 'currency', 'value'],
];
const PROPERTIES: readonly string[] = [
  ...PRODUCT_PROPERTIES,
  ...['cart_id', 'order_id', 'checkout_id', 'affiliation', 'total', 'subtotal', 'revenue'],
  ...['shipping', 'tax', 'discount', 'products', 'query', 'list_id', 'path', 'referrer', 'search'],
];

/** Of Segment's context, as far as it speaks of a person. */
const CONTEXT: readonly string[] = [
  ...['active', 'app', 'campaign', 'device', 'ip', 'library', 'locale', 'location', 'network'],
  ...['os', 'page', 'referrer', 'screen', 'timezone', 'groupId', 'traits', 'userAgent'],
];

const CART_LINE: readonly string[] = ['product_id', 'cart_id', 'name', 'quantity', 'price'];
const SHOWN_LINE: readonly string[] = [...PRODUCT_CONTENT, 'cart_id', 'quantity', 'total'];

/** A list's element in a path. */
export const EACH = '[]';

const ofProducts = (seen: SeenNames): Iterable<string> => seen.productAttributes;

/** What stands at a place of the scope. */
const NAMES: Readonly<Record<string, (seen: SeenNames) => Iterable<string>>> = {
  profile: (seen) => [...ATTRIBUTES, ...seen.attributes, 'traits', 'cart'],
  'profile.traits': () => KEPT_TRAITS,
  'profile.cart.[]': () => CART_LINE,
  entry: () => ['kind', 'key', 'at', 'properties'],
  event: () => ['name', 'properties', 'occurredAt'],
  'entry.properties': (seen) => [...PROPERTIES, ...seen.properties],
  'event.properties': (seen) => [...PROPERTIES, ...seen.properties],
  'entry.properties.products.[]': (seen) => [...PRODUCT_PROPERTIES, ...seen.properties],
  'event.properties.products.[]': (seen) => [...PRODUCT_PROPERTIES, ...seen.properties],
  context: () => CONTEXT,
  vouchers: (seen) => seen.pools,
  'cart.[]': () => SHOWN_LINE,
  'cart.[].attributes': ofProducts,
  'viewed.[]': () => PRODUCT_CONTENT,
  'viewed.[].attributes': ofProducts,
  'recommendations.[]': () => PRODUCT_CONTENT,
  'recommendations.[].attributes': ofProducts,
  product: () => PRODUCT_CONTENT,
  'product.attributes': ofProducts,
  order: (seen) => [...PROPERTIES, ...seen.properties, 'at'],
  'order.products.[]': (seen) => [...PRODUCT_CONTENT, ...PRODUCT_PROPERTIES, ...seen.properties],
  'order.products.[].attributes': ofProducts,
};

/** Null: anything may stand there, nothing is said about it. */
function namesAt(path: readonly string[], seen: SeenNames): Iterable<string> | null {
  const place = path.join('.');
  return Object.hasOwn(NAMES, place) ? (NAMES[place]?.(seen) ?? null) : null;
}

/** Properties that Liquid itself gives to lists and texts. */
const OF_LIQUID: readonly string[] = ['size', 'first', 'last'];

/**
 * What a template asks for that nobody has, as far as it is known: a sentence, with the word that
 * was most likely meant. Nothing of it is certain, for tomorrow's event may bring it: a warning.
 */
export function unknownName(path: readonly string[], seen: SeenNames): string | null {
  for (let length = 1; length < path.length; length += 1) {
    const name = path[length];
    const names = namesAt(path.slice(0, length), seen);
    if (name === undefined || names === null || name === EACH) continue;
    const known = new Set(names);
    if (known.has(name) || OF_LIQUID.includes(name)) continue;
    const place = path.slice(0, length).join('.').replaceAll('.[]', '');
    return `Nothing called “${name.slice(0, 64)}” was seen in ${place} so far.${didYouMean(name, known)}`;
  }
  return null;
}
