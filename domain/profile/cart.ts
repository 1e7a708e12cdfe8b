import type { StoredEvent } from '#domain/event/event.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import { currencyCode, decimalNumber, toMinorUnits } from '#domain/profile/money.ts';
import type { CartCut, CartLine, Profile } from '#domain/profile/profile.ts';

/** Lines kept of all carts of a customer, the newest; no message shows more. */
export const CART_MAX = 100;
/** Bought carts and removed products remembered against late events, the newest. */
export const CART_CUTS_MAX = 50;

type Cart = Pick<Profile, 'cart' | 'cartCuts'>;

/**
 * The cart after an event. Late events are harmless: what happened to a cart before it was bought
 * or told anew, or to a product before it was removed, changes nothing. (Pieces of one line are not
 * kept apart: an order that comes late leaves a line that was added to since with all its pieces.)
 * Returns the same profile where nothing changed.
 */
export function applyToCart(profile: Profile, event: StoredEvent, shopCurrency: string): Profile {
  const changed = change(profile, event, shopCurrency);
  if (changed === profile) return profile;
  return {
    ...profile,
    cart: newest(changed.cart, CART_MAX),
    cartCuts: newest(changed.cartCuts, CART_CUTS_MAX),
  };
}

function change(cart: Cart, event: StoredEvent, shopCurrency: string): Cart {
  switch (event.name) {
    case 'Product Added':
      return add(cart, lineOf(event.properties, event, shopCurrency));
    case 'Product Removed':
      return remove(cart, event, lineOf(event.properties, event, shopCurrency));
    case 'Cart Viewed':
    case 'Checkout Started':
      return replace(cart, event, shopCurrency);
    case 'Order Completed':
      return buy(cart, event);
    default:
      return cart;
  }
}

function add(cart: Cart, line: CartLine | null): Cart {
  if (line === null || isHistory(cart, line, line.at)) return cart;
  const known = cart.cart.find((other) => isSame(other, line));
  if (known === undefined) return { ...cart, cart: [...cart.cart, line] };
  const later = line.at >= known.at ? line : known;
  const sum = { ...later, quantity: known.quantity + line.quantity };
  return { ...cart, cart: cart.cart.map((other) => (other === known ? sum : other)) };
}

function remove(cart: Cart, event: StoredEvent, line: CartLine | null): Cart {
  if (line === null || isHistory(cart, line, line.at)) return cart;
  const known = cart.cart.find((other) => isSame(other, line));
  const some = decimalNumber(event.properties.quantity) !== null;
  if (known !== undefined && some && known.quantity > line.quantity) {
    const less = { ...known, quantity: known.quantity - line.quantity };
    return { ...cart, cart: cart.cart.map((other) => (other === known ? less : other)) };
  }
  const cut = { cart_id: line.cart_id, product_id: line.product_id, at: line.at };
  return {
    cart: cart.cart.filter((other) => !isSame(other, line) || other.at > line.at),
    cartCuts: withCut(cart.cartCuts, cut),
  };
}

/** The whole cart as it was at that moment; what was added later stays. */
function replace(cart: Cart, event: StoredEvent, shopCurrency: string): Cart {
  const { products } = event.properties;
  const id = textOf(event.properties.cart_id);
  const at = event.occurredAt;
  if (!Array.isArray(products) || isHistory(cart, { cart_id: id, product_id: null }, at)) {
    return cart;
  }
  let told: Cart = { cart: [], cartCuts: [] };
  for (const product of products.slice(0, CART_MAX)) {
    if (!isJsonObject(product)) continue;
    const line = lineOf({ ...event.properties, ...product }, event, shopCurrency);
    told = add(told, line === null ? null : { ...line, cart_id: id });
  }
  const later = cart.cart.filter((line) => line.cart_id !== id || line.at > at);
  return {
    cart: [...told.cart.filter((line) => !later.some((other) => isSame(other, line))), ...later],
    cartCuts: withCut(cart.cartCuts, { cart_id: id, product_id: null, at }),
  };
}

/** An order that names no cart bought all of them; a line that names none was in any. */
function buy(cart: Cart, event: StoredEvent): Cart {
  const id = textOf(event.properties.cart_id);
  const at = event.occurredAt;
  const left = cart.cart.filter(
    (line) => line.at > at || (id !== null && line.cart_id !== null && line.cart_id !== id),
  );
  let cuts = withCut(cart.cartCuts, { cart_id: id ?? EVERY, product_id: null, at });
  if (id !== null) cuts = withCut(cuts, { cart_id: null, product_id: null, at });
  return { cart: left, cartCuts: cuts };
}

/** In a cut: every cart there is. No shop's own id is empty, for those are read as none. */
const EVERY = '';

function isHistory(
  cart: Cart,
  line: Pick<CartLine, 'cart_id'> & { product_id: string | null },
  at: number,
): boolean {
  return cart.cartCuts.some(
    (cut) =>
      cut.at >= at &&
      (cut.cart_id === EVERY || cut.cart_id === line.cart_id) &&
      (cut.product_id === null || cut.product_id === line.product_id),
  );
}

function withCut(cuts: readonly CartCut[], cut: CartCut): CartCut[] {
  const others: CartCut[] = [];
  let at = cut.at;
  for (const other of cuts) {
    if (other.cart_id === cut.cart_id && other.product_id === cut.product_id) {
      at = Math.max(at, other.at);
    } else others.push(other);
  }
  return [...others, { ...cut, at }];
}

function isSame(one: CartLine, two: CartLine): boolean {
  return one.product_id === two.product_id && one.cart_id === two.cart_id;
}

function lineOf(properties: JsonObject, event: StoredEvent, shopCurrency: string): CartLine | null {
  const productId = productIdOf(properties);
  if (productId === null) return null;
  const currency = currencyCode(properties.currency) ?? shopCurrency;
  const quantity = decimalNumber(properties.quantity);
  return {
    product_id: productId,
    cart_id: textOf(properties.cart_id),
    name: typeof properties.name === 'string' ? properties.name : null,
    quantity: quantity !== null && quantity > 0 ? quantity : 1,
    price: toMinorUnits(properties.price, currency),
    at: event.occurredAt,
  };
}

/** The product an event or a line is about: `product_id`, else `sku`, else `id`. */
export function productIdOf(properties: JsonObject): string | null {
  return textOf(properties.product_id) ?? textOf(properties.sku) ?? textOf(properties.id);
}

function textOf(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function newest<T extends { at: number }>(items: T[], max: number): T[] {
  if (items.length <= max) return items;
  const oldestKept = items.map((item) => item.at).sort((a, b) => b - a)[max - 1] ?? 0;
  return items.filter((item) => item.at >= oldestKept).slice(-max);
}

/** Carts of two profiles of one person as one: of the same line the later word stands. */
export function joinCarts(keep: Cart, other: Cart): Cart {
  let cuts = keep.cartCuts;
  for (const cut of other.cartCuts) cuts = withCut(cuts, cut);
  const lines = [...keep.cart];
  for (const line of other.cart) {
    const index = lines.findIndex((known) => isSame(known, line));
    const known = lines[index];
    if (known === undefined) lines.push(line);
    else if (line.at > known.at) lines[index] = line;
  }
  const joined = { cart: lines, cartCuts: cuts };
  return {
    cart: newest(
      // A line as old as its cut was told by it; only older ones are history.
      lines.filter((line) => !isHistory(joined, line, line.at + 1)),
      CART_MAX,
    ),
    cartCuts: newest(cuts, CART_CUTS_MAX),
  };
}
