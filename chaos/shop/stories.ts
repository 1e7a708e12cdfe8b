import type { Action, Customer, Speaker } from './customer.ts';

/** What kind of life a customer leads: what they do, and how their addresses answer. */
export interface Story {
  name: string;
  rules: Customer['rules'];
  actions: (pace: Pace) => Action[];
}

/** How fast rehearsed runs live, chosen by the length of the run. */
export interface Pace {
  /** For runs whose push arrives: ten minutes of patience must outlast any chain of outages. */
  patient: number;
  /** For runs whose push never arrives: ten minutes pass in six or ten seconds, three hours in 108 or 180. */
  brisk: number;
  /** For runs with single sends, which are stale after an hour: five minutes. */
  plain: number;
}

/** A run that is to be over, settling included, in about two minutes: milder, and less patient. */
export function isShortRun(minutes: number): boolean {
  return minutes <= 2;
}

/** Long enough for a worker to stand still for a minute, and for everybody to have that minute. */
export function isLongRun(minutes: number): boolean {
  return minutes >= 5;
}

/** Paces for a run of so many minutes. */
export function paceFor(minutes: number): Pace {
  // Sixty seconds of patience where the whole may take two minutes, else two and a half minutes.
  const patient = isShortRun(minutes) ? 10 : 4;
  // A message that is to arrive outlasts a minute without a worker by two more.
  return { patient, brisk: isLongRun(minutes) ? 60 : 100, plain: 12 };
}

/** Before anything this customer did, however long Kairos kept them waiting. */
const LONG_AGO_S = 3_600;

const product = { product_id: 'p-1', name: 'Shoes', price: 25, quantity: 2, cart_id: 'cart-1' };

const identify = (as: Speaker, extra: { push?: boolean; sms?: boolean } = {}): Action => ({
  do: 'identify',
  as,
  ...extra,
});
const track = (
  event: string,
  properties: Record<string, string | number> = {},
  extra: { as?: Speaker; agoS?: number; speed?: number } = {},
): Action => ({ do: 'track', as: 'known', event, properties, ...extra });
const browse = (pages: number): Action => ({ do: 'browse', pages });
const see = (journey: string, what: string, nth = 1): Action => ({
  do: 'see',
  sight: { journey, nth, what },
});
const order = (id: string, extra: Record<string, string | number> = {}): Action =>
  track('Order Completed', { order_id: id, revenue: 49.9, cart_id: 'cart-1', ...extra });

const cartReached = see('chaos-cart', 'left remind');
const views = [cartReached, track('Cart Viewed', { cart_id: 'cart-1' })];
const buys = [cartReached, order('o-1')];

/** Comes in, fills a cart that their cascade reminds of, and then does `after`. */
function cart(speed: keyof Pace, reach: { push?: boolean; sms?: boolean }, after: Action[]) {
  return (pace: Pace): Action[] => [
    identify('known', reach),
    browse(8),
    track('Product Added', product, { speed: pace[speed] }),
    browse(4),
    ...after,
  ];
}

const CART: Story[] = [
  {
    name: 'cart: the push arrives, the cart is viewed',
    rules: {},
    actions: cart('patient', { push: true, sms: true }, views),
  },
  {
    name: 'cart: ordered before, so the branch makes an offer',
    rules: { push: { outcome: 'open' } },
    actions: (pace) => [
      identify('known', { push: true }),
      order('o-0', { cart_id: 'cart-0' }),
      track('Product Added', product, { speed: pace.patient }),
      ...views,
      see('chaos-cart', 'ended'),
      browse(3),
    ],
  },
  {
    name: 'cart: a silent push, an e-mail whose reply is lost, then the order',
    rules: { push: { outcome: 'silent' }, email: { outcome: 'lostReply' } },
    actions: cart('brisk', { push: true, sms: true }, buys),
  },
  {
    name: 'cart: push always fails, the e-mail arrives',
    rules: { push: { outcome: 'error' } },
    actions: cart('brisk', { push: true }, views),
  },
  {
    name: 'cart: push and e-mail bounce, the reply of the text is lost',
    rules: {
      push: { outcome: 'bounce' },
      email: { outcome: 'bounce' },
      sms: { outcome: 'lostReply' },
    },
    actions: cart('brisk', { push: true, sms: true }, views),
  },
  {
    name: 'cart: no device, the e-mail is refused, the text is slow, then the order',
    rules: { email: { outcome: 'reject' }, sms: { outcome: 'slow', afterMs: 2_000 } },
    actions: cart('brisk', { sms: true }, buys),
  },
  {
    name: 'cart: no device, the e-mail bounces, no consent to texts',
    rules: { email: { outcome: 'bounce' } },
    actions: cart('brisk', {}, [browse(5)]),
  },
  {
    name: 'cart: push is rate limited, the e-mail is slow',
    rules: { push: { outcome: 'rateLimit' }, email: { outcome: 'slow', afterMs: 1_500 } },
    actions: cart('brisk', { push: true }, views),
  },
];

function welcome(name: string, rules: Customer['rules']): Story {
  const actions = (pace: Pace): Action[] => [
    identify('known', { sms: true }),
    track('Signed Up', { name: 'Shoes' }, { speed: pace.plain }),
    browse(6),
  ];
  return { name: `welcome: ${name}`, rules, actions };
}

const WELCOME: Story[] = [
  welcome('all arrives', {}),
  welcome('both replies are lost', {
    email: { outcome: 'lostReply' },
    sms: { outcome: 'lostReply' },
  }),
  welcome('the e-mail bounces', { email: { outcome: 'bounce' } }),
  welcome('both providers are in trouble for a while', {
    email: { outcome: 'error', passes: true },
    sms: { outcome: 'rateLimit', passes: true },
  }),
  welcome('the e-mail is opened, the text stays silent', {
    email: { outcome: 'open' },
    sms: { outcome: 'silent' },
  }),
];

const OTHERS: Story[] = [
  {
    name: 'wish: ordered twice under one id and partly refunded',
    rules: {},
    actions: () => [
      identify('known'),
      track('Product Added to Wishlist', { product_id: 'p-2' }),
      browse(5),
      order('o-1'),
      order('o-1'),
      track('Order Refunded', { order_id: 'o-1', total: 9.9 }),
      order('o-2', { revenue: 10 }),
    ],
  },
  {
    name: 'wish: told only after the order that fulfilled it, so nobody enters',
    rules: {},
    actions: () => [
      identify('known'),
      order('o-1'),
      track('Product Added to Wishlist', { product_id: 'p-2' }, { agoS: LONG_AGO_S }),
      track('Product Added', product, { agoS: LONG_AGO_S }),
    ],
  },
  {
    name: 'search: nobody answers',
    rules: {},
    actions: ({ plain }) => [
      identify('known', { sms: true }),
      track('Products Searched', { query: 'shoes' }, { speed: plain }),
      browse(10),
    ],
  },
  {
    name: 'search: a late event from before it is no answer',
    rules: { sms: { outcome: 'silent' } },
    actions: ({ plain }) => [
      identify('known', { sms: true }),
      track('Products Searched', { query: 'shoes' }, { speed: plain }),
      track('Product Viewed', { product_id: 'p-1' }, { agoS: LONG_AGO_S }),
    ],
  },
  {
    name: 'visit: twice, and once more in between',
    rules: {},
    actions: () => [
      identify('known'),
      track('Store Visited'),
      see('chaos-visit', 'begun'),
      track('Store Visited'),
      track('Gift Taken'),
      see('chaos-visit', 'ended'),
      track('Store Visited'),
      see('chaos-visit', 'begun', 2),
      track('Gift Taken'),
    ],
  },
  {
    name: 'birthday: asked for by the API',
    rules: { email: { outcome: 'open' } },
    actions: () => [
      identify('known'),
      { do: 'request', journey: 'chaos-birthday', key: 'this-year' },
      browse(2),
      { do: 'request', journey: 'chaos-birthday', key: 'this-year' },
      { do: 'request', journey: 'chaos-birthday', key: 'next-year' },
    ],
  },
];

/** A guest fills a basket, turns out to be somebody, and gets one mail as that somebody. */
function guest(name: string, before: Action[], link: Action[]): Story {
  return {
    name: `guest: ${name}`,
    rules: {},
    actions: () => [
      ...before,
      track('Guest Basket Filled', product, { as: 'guest' }),
      track('Product Added', { ...product, price: 0 }, { as: 'guest' }),
      see('chaos-guest', 'begun'),
      ...link,
      track('Guest Recognised'),
      see('chaos-guest', 'ended'),
      order('o-1'),
    ],
  };
}

const GUEST: Story[] = [
  guest('recognised for the first time', [], [identify('both')]),
  guest('a known customer on a new device', [identify('known'), order('o-0')], [identify('both')]),
  guest('linked by alias', [identify('known')], [{ do: 'alias' }]),
];

export const STORIES: readonly Story[] = [...CART, ...WELCOME, ...OTHERS, ...GUEST];
