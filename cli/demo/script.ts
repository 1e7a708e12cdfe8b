import { Temporal } from 'temporal-polyfill';
import type { Customer, Customers } from './cast.ts';
import type { BirthdayPlan } from './install-library.ts';
import type { KairosClient, Rule } from './kairos-client.ts';

/** Twelve seconds for an hour: one can watch the channels being tried one after the other. */
const BRISK = 300;
/**
 * Two seconds for an hour, and 48 for a day. Not more: a channel's patience of two hours has to be
 * longer than a receipt takes on a busy machine.
 */
const SWIFT = 1_800;

/** The order of a sleeper turns sixty days old this long after the shop hears of it, in ms. */
const FALLS_ASLEEP_MS = 14_000;

/** Something the customers do, so many seconds after the shop has opened. */
export interface Scene {
  atSecond: number;
  play(): Promise<void>;
}

export interface Stage {
  client: KairosClient;
  customers: Customers;
  birthday: BirthdayPlan;
  /** Tells this performance's carts and orders from those of any other. */
  performance: number;
  now(): number;
}

/** How the sandbox's providers treat some of the customers. */
export function rulesFor({ anna, dmitry, ivan, priya }: Customers): Rule[] {
  return [
    { channel: 'push', to: anna.deviceToken, outcome: 'silent' },
    { channel: 'push', to: dmitry.deviceToken, outcome: 'open' },
    { channel: 'email', to: ivan.email, outcome: 'bounce' },
    { channel: 'email', to: priya.email, outcome: 'open' },
  ];
}

/** Who does what and when; what becomes of it is Kairos' affair. */
export function scenes(stage: Stage): Scene[] {
  const { client, customers } = stage;
  const { anna, dmitry, maria, tom, ivan, olga, priya, elena, lucas } = customers;
  const shop = new Shopping(stage);
  return [
    { atSecond: 0, play: () => regulars(shop, stage) },
    { atSecond: 0, play: () => shop.fillCart(olga, 'Winter boots', 89, SWIFT) },
    { atSecond: 1, play: () => shop.fillCart(priya, 'Tea set', 34, SWIFT) },
    { atSecond: 1, play: () => shop.fillCart(anna, 'Running shoes', 79, BRISK) },
    { atSecond: 2, play: () => shop.fillCart(dmitry, 'Наушники', 59, BRISK) },
    { atSecond: 2, play: () => shop.fillCart(maria, 'Desk lamp', 45, BRISK) },
    { atSecond: 3, play: () => shop.fillCart(tom, 'Rain coat', 120, BRISK) },
    { atSecond: 3, play: () => agreeToSms(shop, client, ivan) },
    { atSecond: 4, play: () => shop.fillCart(ivan, 'Рюкзак', 64, BRISK) },
    { atSecond: 5, play: () => shop.fillCartUnknown(elena, 'Cast-iron pan', 52, BRISK) },
    { atSecond: 7, play: () => shop.orderBeforeCart(lucas) },
    { atSecond: 8, play: () => shop.logIn(elena) },
    { atSecond: 9, play: () => shop.orderCart(maria, 45) },
    { atSecond: 23, play: () => shop.viewCart(anna) },
    { atSecond: 25, play: () => shop.orderCart(dmitry, 59) },
    { atSecond: 27, play: () => shop.order(customers.vera, { revenue: 72, daysAgo: 0 }) },
  ];
}

/** Those whom the shop knows already when the story begins. */
async function regulars(shop: Shopping, { customers, birthday }: Stage): Promise<void> {
  const { anna, dmitry, maria, tom, olga, priya, lucas, sofia, peter, vera } = customers;
  await shop.introduce(sofia, { timezone: birthday.zone, birthday: birthday.date });
  for (const sleeper of [peter, vera]) {
    await shop.introduce(sleeper);
    await shop.order(sleeper, { revenue: 140, daysAgo: 60, laterMs: FALLS_ASLEEP_MS });
  }
  for (const one of [anna, dmitry, maria, tom, olga, priya, lucas]) await shop.introduce(one);
  // The latest first: told the other way round, she would have been asleep for a moment.
  for (const daysAgo of [9, 41, 83]) await shop.order(olga, { revenue: 60, daysAgo });
}

/** Consent given outside of the shop's pages, with the words that were agreed to. */
async function agreeToSms(shop: Shopping, client: KairosClient, ivan: Customer): Promise<void> {
  await shop.introduce(ivan);
  await client.consent(ivan.userId, 'sms', {
    granted: true,
    source: 'checkout',
    text: 'Да, присылайте мне SMS о моих заказах и корзине.',
  });
}

interface OrderMade {
  /** In the shop's currency, major units. */
  revenue: number;
  daysAgo: number;
  /** Milliseconds after that. */
  laterMs?: number;
}

/** What customers do in a shop, as the shop's server tells it. */
class Shopping {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async introduce(customer: Customer, more: Record<string, string> = {}): Promise<void> {
    const { client } = this.#stage;
    await client.track('identify', this.#introduction(customer, more));
  }

  /** The visitor of a moment ago says who she is: her cart is hers from now on. */
  async logIn(customer: Customer): Promise<void> {
    const body = { ...this.#introduction(customer, {}), anonymousId: visitorOf(customer) };
    await this.#stage.client.track('identify', body);
  }

  async fillCart(who: Customer, name: string, price: number, speed: number): Promise<void> {
    await this.#addToCart({ userId: who.userId }, who, { name, price, speed });
  }

  async fillCartUnknown(who: Customer, name: string, price: number, speed: number): Promise<void> {
    await this.#addToCart({ anonymousId: visitorOf(who) }, who, { name, price, speed });
  }

  async viewCart(who: Customer): Promise<void> {
    await this.#track({ userId: who.userId }, 'Cart Viewed', { cart_id: this.#cartOf(who) });
  }

  async orderCart(who: Customer, revenue: number): Promise<void> {
    const cartId = this.#cartOf(who);
    const properties = { order_id: `order-${cartId}`, cart_id: cartId, revenue };
    await this.#track({ userId: who.userId }, 'Order Completed', properties);
  }

  /** An order made some time ago. */
  async order(who: Customer, { revenue, daysAgo, laterMs = 0 }: OrderMade): Promise<void> {
    const at = Temporal.Instant.fromEpochMilliseconds(this.#stage.now() + laterMs);
    const timestamp = at.subtract({ hours: 24 * daysAgo }).toString();
    const order_id = `order-${who.userId}-${String(daysAgo)}-days-ago`;
    const more = daysAgo === 0 ? {} : { timestamp };
    await this.#track({ userId: who.userId }, 'Order Completed', { order_id, revenue }, more);
  }

  /** The network told it the wrong way round: first the order, then what was put into its cart. */
  async orderBeforeCart(who: Customer): Promise<void> {
    const before = Temporal.Instant.fromEpochMilliseconds(this.#stage.now()).subtract({
      seconds: 5,
    });
    await this.orderCart(who, 25);
    const goods = { name: 'Mug', price: 25, speed: BRISK, timestamp: before.toString() };
    await this.#addToCart({ userId: who.userId }, who, goods);
  }

  async #addToCart(sender: object, who: Customer, goods: Goods): Promise<void> {
    const { name, price, speed, timestamp } = goods;
    const cart_id = this.#cartOf(who);
    const properties = { cart_id, product_id: `${who.slug}-1`, name, price, quantity: 1 };
    const url = `https://shop.example/cart/${cart_id}`;
    await this.#track(
      sender,
      'Product Added',
      { ...properties, url },
      {
        context: { rehearsal: { speed } },
        ...(timestamp === undefined ? {} : { timestamp }),
      },
    );
  }

  async #track(
    sender: object,
    event: string,
    properties: object,
    more: object = {},
  ): Promise<void> {
    await this.#stage.client.track('track', { ...sender, event, properties, ...more });
  }

  #cartOf(who: Customer): string {
    return `${who.slug}-${String(this.#stage.performance)}`;
  }

  #introduction(customer: Customer, more: Record<string, string>): object {
    const { userId, name, firstName, email, phone, deviceToken, consents } = customer;
    const traits = {
      first_name: firstName,
      last_name: name.slice(firstName.length + 1),
      language: customer.language,
      timezone: customer.zone,
      email,
      phone,
      ...more,
    };
    const device = deviceToken === null ? {} : { device: { token: deviceToken } };
    const consent = { consent: { categoryPreferences: consents } };
    return { userId, traits, context: { ...device, ...consent } };
  }
}

interface Goods {
  name: string;
  price: number;
  /** How much faster the run lives that this begins. */
  speed: number;
  timestamp?: string;
}

function visitorOf({ userId }: Customer): string {
  return `visitor-${userId}`;
}
