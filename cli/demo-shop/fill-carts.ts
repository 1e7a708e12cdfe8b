import type { JsonObject } from '#domain/json.ts';
import { linesOf, type Household, type Product } from './cut.ts';
import type { Person } from './derive-people.ts';
import { nameOf } from './tell-household.ts';

/** A household with the person behind it. */
export interface Resident {
  household: Household;
  person: Person;
}

/** Whoever leaves a cart has been in the shop lately. */
const LATELY_S = 14 * 86_400;

type Trait = (person: Person) => boolean;

const may: Record<'email' | 'sms' | 'push', Trait> = {
  email: ({ email, consents }) => email !== null && consents.email !== false,
  sms: ({ phone, consents }) => phone !== null && consents.sms === true,
  push: ({ deviceToken, consents }) => deviceToken !== null && consents.push !== false,
};

/** One of each kind, so that the reminder takes every way there is. */
const KINDS: readonly Trait[] = [
  (person) => may.push(person) && person.language === 'en',
  (person) => may.email(person) && person.deviceToken === null,
  (person) => may.email(person) && person.language === 'ru',
  (person) => may.sms(person) && !may.email(person) && !may.push(person),
  (person) => Object.keys(person.consents).length === 0 && may.email(person),
  (person) => !may.sms(person) && !may.email(person) && !may.push(person),
];

/** Those who have left something in the cart just now: one of each kind of reachability. */
export function cartLeavers(residents: readonly Resident[], lastAt: number): Resident[] {
  const lately = residents.filter(
    ({ household }) => lastAt - (household.baskets.at(-1)?.[1] ?? 0) <= LATELY_S,
  );
  const leavers = new Set<Resident>();
  for (const kind of KINDS) {
    const found = lately.find((one) => !leavers.has(one) && kind(one.person));
    if (found !== undefined) leavers.add(found);
  }
  return [...leavers];
}

/** Puts what a household buys most often into its cart, now. */
export function fillCart(
  products: readonly Product[],
  { household, person }: Resident,
): JsonObject {
  const { userId } = person;
  const { product, price } = favouriteOf(products, household);
  const cartId = `cart-of-${userId}`;
  return {
    type: 'track',
    messageId: `${userId}:cart`,
    userId,
    event: 'Product Added',
    properties: {
      cart_id: cartId,
      product_id: String(product?.id ?? ''),
      name: (product === undefined ? null : nameOf(product)) ?? 'The usual',
      price,
      quantity: 1,
      currency: 'USD',
      url: `https://shop.example/cart/${cartId}`,
    },
  };
}

/** The product bought most often with a price and a name; `price` in dollars. */
function favouriteOf(
  products: readonly Product[],
  household: Household,
): { product: Product | undefined; price: number } {
  const times = new Map<number, number>();
  const prices = new Map<number, number>();
  for (const line of household.baskets.flatMap(linesOf)) {
    if (line.cents <= 0 || line.quantity !== 1 || products[line.product]?.type == null) continue;
    times.set(line.product, (times.get(line.product) ?? 0) + 1);
    prices.set(line.product, line.cents);
  }
  const [favourite] = [...times].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const [place = 0] = favourite ?? [];
  return { product: products[place], price: (prices.get(place) ?? 100) / 100 };
}
