import type { Json, JsonObject } from '#domain/json.ts';
import {
  type Basket,
  type Campaign,
  centsOf,
  type Household,
  type Line,
  linesOf,
  type Product,
} from './cut.ts';
import type { Person } from './derive-people.ts';
import type { ShopCalendar } from './shop-calendar.ts';

/** The source is a retailer of the United States. */
const CURRENCY = 'USD';
/** More pieces of one thing than anybody takes home: fuel, counted in thousandths of a gallon. */
const PIECES_MAX = 100;
/** Somebody signs up ten minutes before the first purchase. */
const SIGN_UP_EARLIER_S = 600;

/** What all households share. */
export interface Shop {
  products: readonly Product[];
  campaigns: ReadonlyMap<number, Campaign>;
  calendar: ShopCalendar;
}

/**
 * A household's year as calls of Segment's spec, with ids that are the same at every telling. The
 * latest order comes right after the person: told the other way round, every one of them would
 * have been without an order for sixty days for a moment, and the win-back journey would take all.
 */
export function tellHousehold(shop: Shop, household: Household, person: Person): JsonObject[] {
  const orders = household.baskets.map((basket) => order(shop, person, basket)).reverse();
  const [latest, ...earlier] = orders;
  return [
    introduction(shop, household, person),
    ...(latest === undefined ? [] : [latest]),
    ...mailings(shop, household, person),
    ...redemptions(shop, household, person),
    ...earlier,
  ];
}

function introduction(shop: Shop, household: Household, person: Person): JsonObject {
  const { userId, deviceToken, deviceType, consents } = person;
  const signedUp = (household.baskets[0]?.[1] ?? 0) - SIGN_UP_EARLIER_S;
  return {
    type: 'identify',
    messageId: `${userId}:sign-up`,
    userId,
    timestamp: shop.calendar.instant(signedUp),
    traits: withoutNulls({
      first_name: person.firstName,
      email: person.email,
      phone: person.phone,
      birthday: person.birthday,
      language: person.language,
      timezone: person.zone,
      country: person.country,
      ...described(household),
    }),
    context: {
      ...(deviceToken === null ? {} : { device: { token: deviceToken, type: deviceType } }),
      consent: { categoryPreferences: consents },
    },
  };
}

/** The source's own words, under names that say what they are. */
function described({ demographics }: Household): Record<string, string | null> {
  if (demographics === null) return {};
  const { age, income, household_comp: household_composition, ...rest } = demographics;
  return { ...rest, age_band: age, income_band: income, household_composition };
}

function order(shop: Shop, { userId }: Person, basket: Basket): JsonObject {
  const [id, paidAt, store, discount] = basket;
  return {
    type: 'track',
    messageId: `${userId}:order:${String(id)}`,
    userId,
    timestamp: shop.calendar.instant(paidAt),
    event: 'Order Completed',
    properties: {
      order_id: String(id),
      revenue: centsOf(basket) / 100,
      currency: CURRENCY,
      ...(discount === 0 ? {} : { discount: discount / 100 }),
      store_id: String(store),
      products: linesOf(basket).map((line) => productLine(shop, line)),
    },
  };
}

function productLine(shop: Shop, line: Line): JsonObject {
  const product = shop.products[line.product];
  const isCounted = line.quantity > 0 && line.quantity <= PIECES_MAX;
  const quantity = isCounted ? line.quantity : 1;
  return withoutNulls({
    product_id: String(product?.id ?? line.product),
    name: product === undefined ? null : nameOf(product),
    category: readable(product?.category ?? null),
    brand: product?.brand ?? null,
    // Three for two dollars are 0.6667 each: `revenue` is what counts.
    price: Math.round((line.cents / quantity) * 100) / 10_000,
    quantity,
  });
}

/** What a person would call it: the source's type and package in small letters. */
export function nameOf({ type, category, size }: Product): string | null {
  const name = readable(type ?? category);
  return name === null || size === null ? name : `${name}, ${size.toLowerCase()}`;
}

function readable(words: string | null): string | null {
  if (words === null) return null;
  const small = words.toLowerCase().replaceAll(/\s*\/\s*/g, '/');
  return small.slice(0, 1).toUpperCase() + small.slice(1);
}

function mailings(shop: Shop, household: Household, { userId }: Person): JsonObject[] {
  return household.campaigns.flatMap((id) => {
    const campaign = shop.campaigns.get(id);
    if (campaign === undefined) return [];
    return {
      type: 'track',
      messageId: `${userId}:campaign:${String(id)}`,
      userId,
      timestamp: shop.calendar.noon(campaign.start),
      event: 'Campaign Received',
      properties: { campaign_id: String(id), campaign_type: campaign.type },
    };
  });
}

function redemptions(shop: Shop, household: Household, { userId }: Person): JsonObject[] {
  return household.redemptions.map(([campaign, coupon, day], nth) => ({
    type: 'track',
    messageId: `${userId}:coupon:${String(nth)}`,
    userId,
    timestamp: shop.calendar.noon(day),
    event: 'Coupon Redeemed',
    properties: { campaign_id: String(campaign), coupon_id: String(coupon) },
  }));
}

function withoutNulls(values: Readonly<Record<string, Json | null>>): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
