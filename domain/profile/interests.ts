import type { StoredEvent } from '#domain/event/event.ts';
import { isJsonObject, type Json } from '#domain/json.ts';
import { BACK_IN_STOCK, PRICE_DROPPED } from '#domain/product/catalogue-events.ts';
import { productIdOf } from '#domain/profile/cart.ts';
import {
  INTEREST_KINDS,
  type CartLine,
  type Interest,
  type InterestCut,
  type InterestKind,
  type Profile,
} from '#domain/profile/profile.ts';
import { isSignOfLife, LAST_VIEWED_MAX, WISHLIST_MAX } from '#domain/profile/seen.ts';
import { DAY_MS } from '#domain/time/duration.ts';

/** Products somebody waits to be told of, by each kind of request; the newest count. */
export const REQUESTS_MAX = 50;
/** Ended interests remembered against late events, the newest. */
export const INTEREST_CUTS_MAX = 50;
/** A look at a product says something of a customer for so long, in ms. */
export const VIEWED_FOR_MS = 30 * DAY_MS;
/** Products of one order that end an interest; more are no shopping for oneself. */
const BOUGHT_MAX = 100;

/** How many of a kind are kept, the newest; the cart has its own limit. */
const KEPT_MAX: Readonly<Record<InterestKind, number>> = {
  cart: Infinity,
  wishlist: WISHLIST_MAX,
  viewed: LAST_VIEWED_MAX,
  priceRequested: REQUESTS_MAX,
  stockRequested: REQUESTS_MAX,
};

/** Which events begin and end which interest in the product they name. */
const SAYINGS: Readonly<Partial<Record<string, { kind: InterestKind; ends: boolean }>>> = {
  'Product Viewed': { kind: 'viewed', ends: false },
  'Product Added to Wishlist': { kind: 'wishlist', ends: false },
  'Product Removed from Wishlist': { kind: 'wishlist', ends: true },
  'Price Drop Requested': { kind: 'priceRequested', ends: false },
  'Price Drop Request Cancelled': { kind: 'priceRequested', ends: true },
  'Back In Stock Requested': { kind: 'stockRequested', ends: false },
  'Back In Stock Request Cancelled': { kind: 'stockRequested', ends: true },
};

/** A request is answered by the event that it was made for. */
const ANSWERS: Readonly<Partial<Record<string, InterestKind>>> = {
  [PRICE_DROPPED]: 'priceRequested',
  [BACK_IN_STOCK]: 'stockRequested',
};

/** Whoever bought a product is told no more that it was looked at or waited for. */
const ENDED_BY_ORDER: readonly InterestKind[] = ['viewed', 'priceRequested', 'stockRequested'];

interface Word extends InterestCut {
  /** `ends` is remembered against earlier words that come late; `ended` is not. */
  says: 'begins' | 'ends' | 'ended';
}

/**
 * The interests after an event; those in the cart follow the cart, which was `cartBefore`. The later
 * word on each counts, so that late events are harmless (but for a look that is told after the order
 * it led to). Returns the same profile where the event is
 * nothing to them.
 */
export function applyToInterests(
  profile: Profile,
  event: StoredEvent,
  cartBefore: readonly CartLine[],
): Profile {
  const words = wordsOf(event, profile);
  if (words.length === 0 && isNothing(profile, cartBefore)) return profile;
  const kept = new Interests(profile.interests, profile.interestCuts);
  for (const word of words) kept.say(word);
  kept.setCart(profile.cart);
  return { ...profile, ...kept.result(event.receivedAt - VIEWED_FOR_MS) };
}

/** Most events change no cart; nor has everybody ever had one. */
function isNothing({ cart, interests }: Profile, cartBefore: readonly CartLine[]): boolean {
  return cart === cartBefore || (cart.length === 0 && interests === undefined);
}

/** Interests of two profiles of one person as one; `cart` is that of both. */
export function uniteInterests(
  keep: Profile,
  other: Profile,
  cart: readonly CartLine[],
): Pick<Profile, 'interests' | 'interestCuts'> {
  if (keep.interests === undefined && other.interests === undefined) return {};
  const kept = new Interests(keep.interests, keep.interestCuts);
  kept.unite(other.interests ?? [], other.interestCuts ?? []);
  kept.setCart(cart);
  return kept.result(-Infinity);
}

/** What an event says of interests; nothing, of most. */
function wordsOf(event: StoredEvent, profile: Profile): Word[] {
  const { name, properties, occurredAt: at } = event;
  const answered = event.source === 'kairos' ? ANSWERS[name] : undefined;
  if (answered !== undefined)
    return wordOn(productIdOf(properties), { kind: answered, at, says: 'ends' });
  if (!isSignOfLife(event)) return [];
  if (name === 'Order Completed') return boughtWords(event, profile);
  const saying = Object.hasOwn(SAYINGS, name) ? SAYINGS[name] : undefined;
  if (saying === undefined) return [];
  const says = saying.ends ? 'ends' : 'begins';
  return wordOn(productIdOf(properties), { kind: saying.kind, at, says });
}

function wordOn(product: string | null, word: Omit<Word, 'product'>): Word[] {
  return product === null ? [] : [{ product, ...word }];
}

/** Only of products that somebody is interested in: most orders are of others. */
function boughtWords({ properties, occurredAt: at }: StoredEvent, { interests }: Profile): Word[] {
  if (interests === undefined || interests.length === 0) return [];
  const bought = new Set(boughtIn(properties.products));
  return interests
    .filter(({ product }) => bought.has(product))
    .flatMap(({ product }) => ENDED_BY_ORDER.map((kind) => ({ product, kind, at, says: 'ended' })));
}

function boughtIn(products: Json | undefined): string[] {
  if (!Array.isArray(products)) return [];
  return products.slice(0, BOUGHT_MAX).flatMap((line) => {
    const product = isJsonObject(line) ? productIdOf(line) : null;
    return product === null ? [] : [product];
  });
}

/** Somebody's interests while they change. */
class Interests {
  readonly #byProduct = new Map<string, Interest>();
  #cuts: InterestCut[];
  /** What a change can have touched: the rest is in order, and within its limits, already. */
  readonly #begun = new Set<InterestKind>();
  #hasNew = false;
  #hasDropped = false;

  constructor(interests: readonly Interest[] = [], cuts: readonly InterestCut[] = []) {
    for (const one of interests) this.#byProduct.set(one.product, one);
    this.#cuts = [...cuts];
  }

  say({ says, ...word }: Word): void {
    if (says === 'begins') this.#add(word);
    else if (says === 'ends') this.#cut(word);
    else this.#end(word);
  }

  unite(interests: readonly Interest[], cuts: readonly InterestCut[]): void {
    for (const cut of cuts) this.#cut(cut);
    for (const { product, kinds, told } of interests) {
      for (const [kind, at] of kindsOf(kinds)) this.#add({ product, kind, at });
      const known = this.#byProduct.get(product);
      if (told === undefined || known === undefined) continue;
      this.#byProduct.set(product, { ...known, told: Math.max(told, known.told ?? 0) });
    }
  }

  setCart(cart: readonly CartLine[]): void {
    const inCart = new Map<string, number>();
    for (const { product_id: product, at } of cart) {
      inCart.set(product, Math.max(at, inCart.get(product) ?? at));
    }
    for (const product of this.#byProduct.keys()) {
      if (!inCart.has(product)) this.#drop(product, 'cart');
    }
    for (const [product, at] of inCart) this.#set(product, 'cart', at);
  }

  /** Without what is more than is kept, and without looks before `viewedSince` (epoch ms). */
  result(viewedSince: number): Pick<Profile, 'interests' | 'interestCuts'> {
    for (const [product, { kinds }] of this.#byProduct) {
      if ((kinds.viewed ?? Infinity) < viewedSince) this.#drop(product, 'viewed');
    }
    for (const kind of this.#begun) this.#limit(kind);
    let interests = [...this.#byProduct.values()];
    if (this.#hasDropped) interests = interests.filter(({ kinds }) => hasSome(kinds));
    if (this.#hasNew) interests.sort((one, two) => (one.product < two.product ? -1 : 1));
    return { interests, ...(this.#cuts.length === 0 ? {} : { interestCuts: newest(this.#cuts) }) };
  }

  #limit(kind: InterestKind): void {
    const max = KEPT_MAX[kind];
    const of = [...this.#byProduct.values()].filter(({ kinds }) => kinds[kind] !== undefined);
    if (of.length <= max) return;
    const sorted = of.map(({ product, kinds }) => ({ product, at: kinds[kind] ?? 0 })).sort(byTime);
    for (const { product } of sorted.slice(max)) this.#drop(product, kind);
  }

  #add({ product, kind, at }: InterestCut): void {
    const isOver = this.#cuts.some(
      (cut) => cut.product === product && cut.kind === kind && cut.at >= at,
    );
    const known = this.#byProduct.get(product)?.kinds[kind];
    if (!isOver && (known === undefined || known < at)) this.#set(product, kind, at);
  }

  #cut(cut: InterestCut): void {
    const isSame = (other: InterestCut): boolean =>
      other.product === cut.product && other.kind === cut.kind;
    const known = this.#cuts.find(isSame);
    if (known === undefined || known.at < cut.at) {
      this.#cuts = [...this.#cuts.filter((other) => !isSame(other)), cut];
    }
    this.#end(cut);
  }

  #end(cut: InterestCut): void {
    const at = this.#byProduct.get(cut.product)?.kinds[cut.kind];
    if (at !== undefined && at <= cut.at) this.#drop(cut.product, cut.kind);
  }

  #set(product: string, kind: InterestKind, at: number): void {
    const known = this.#byProduct.get(product) ?? { product, kinds: {} };
    if (known.kinds[kind] === at) return;
    if (known.kinds[kind] === undefined) this.#begun.add(kind);
    this.#hasNew ||= !this.#byProduct.has(product);
    this.#byProduct.set(product, { ...known, kinds: { ...known.kinds, [kind]: at } });
  }

  #drop(product: string, kind: InterestKind): void {
    const known = this.#byProduct.get(product);
    if (known?.kinds[kind] === undefined) return;
    const { [kind]: _, ...kinds } = known.kinds;
    this.#hasDropped = true;
    this.#byProduct.set(product, { ...known, kinds });
  }
}

function kindsOf(kinds: Interest['kinds']): [InterestKind, number][] {
  return Object.entries(kinds) as [InterestKind, number][];
}

function byTime(one: { at: number; product: string }, two: typeof one): number {
  return two.at - one.at || (one.product < two.product ? -1 : 1);
}

function hasSome(kinds: Interest['kinds']): boolean {
  return INTEREST_KINDS.some((kind) => kinds[kind] !== undefined);
}

/** The newest cuts, in an order that does not depend on how they came. */
function newest(cuts: readonly InterestCut[]): InterestCut[] {
  return [...cuts]
    .sort((one, two) => byTime(one, two) || (one.kind < two.kind ? -1 : 1))
    .slice(0, INTEREST_CUTS_MAX);
}
