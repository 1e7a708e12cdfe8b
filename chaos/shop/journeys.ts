/**
 * The journeys of the chaos run. How long they wait is chosen so that an outage of twenty seconds
 * changes nobody's path: what a customer has to do in time has minutes and more, what nobody does
 * has seconds. Waits are in the run's own time; each customer's entering event says how fast that
 * passes (`context.rehearsal.speed`).
 */
const leave = { end: 'done' };

/** The cart: a wait, a cascade, an answer awaited, a branch on the orders, a goal, an exit by cart. */
const CART = {
  key: 'chaos-cart',
  name: 'Chaos: the cart left behind',
  entry: {
    event: 'Product Added',
    where: { 'properties.price': { gt: 0 } },
    key: 'properties.cart_id',
  },
  exits: [
    { event: 'Order Completed', match: { 'properties.cart_id': 'entry.properties.cart_id' } },
  ],
  goal: { event: 'Order Completed', within: 'P7D', value: 'properties.revenue' },
  start: 'hour',
  steps: {
    hour: { wait: 'PT1M', next: 'remind' },
    remind: {
      send: {
        template: 'chaos-note',
        cascade: [
          // Eighteen times shorter than the others: a push that never arrives is left soon.
          { channel: 'push', patience: 'PT10M' },
          { channel: 'email', patience: 'PT3H' },
          { channel: 'sms', patience: 'PT3H' },
        ],
        until: 'delivered',
      },
      next: { reached: 'again', exhausted: 'leave' },
    },
    again: {
      waitFor: { event: 'Cart Viewed', timeout: 'P30D' },
      next: { received: 'worth', timeout: 'leave' },
    },
    worth: {
      branch: [
        { when: { trait: 'orders_count', gte: 1 }, next: 'offer' },
        { else: true, next: 'leave' },
      ],
    },
    offer: {
      send: { template: 'chaos-note', cascade: [{ channel: 'email', patience: 'P7D' }] },
      next: { reached: 'leave', exhausted: 'leave' },
    },
    leave,
  },
};

const WELCOME = {
  key: 'chaos-welcome',
  name: 'Chaos: a welcome in two channels',
  entry: { event: 'Signed Up' },
  start: 'hello',
  steps: {
    hello: { send: { template: 'chaos-note', channel: 'email' }, next: 'rest' },
    rest: { wait: 'PT1M', next: 'text' },
    text: { send: { template: 'chaos-note', channel: 'sms' }, next: 'leave' },
    leave,
  },
};

/** Waits for a day that never ends here: what ends it is the order, and nothing may be sent. */
const WISH = {
  key: 'chaos-wish',
  name: 'Chaos: a wish remembered for a day',
  entry: { event: 'Product Added to Wishlist' },
  exits: [{ event: 'Order Completed' }],
  goal: { event: 'Order Completed', within: 'P30D', value: 'properties.revenue' },
  start: 'day',
  steps: {
    day: { wait: 'P1D', next: 'note' },
    note: { send: { template: 'chaos-note', channel: 'email' }, next: 'leave' },
    leave,
  },
};

/** Nobody ever answers in time: the wait for an answer runs out. */
const SEARCH = {
  key: 'chaos-search',
  name: 'Chaos: a search without a find',
  entry: { event: 'Products Searched' },
  start: 'look',
  steps: {
    look: {
      waitFor: { event: 'Product Viewed', timeout: 'PT1M' },
      next: { received: 'found', timeout: 'text' },
    },
    text: { send: { template: 'chaos-note', channel: 'sms' }, next: 'leave' },
    found: { end: 'found' },
    leave,
  },
};

const VISIT = {
  key: 'chaos-visit',
  name: 'Chaos: a gift for each visit, one visit at a time',
  entry: { event: 'Store Visited', reentry: 'oneAtATime' },
  start: 'present',
  steps: {
    present: {
      waitFor: { event: 'Gift Taken', timeout: 'P30D' },
      next: { received: 'thanks', timeout: 'leave' },
    },
    thanks: { send: { template: 'chaos-note', channel: 'email' }, next: 'leave' },
    leave,
  },
};

/** Begins with somebody who has no address; the mail goes to whom they turn out to be. */
const GUEST = {
  key: 'chaos-guest',
  name: 'Chaos: a guest who is recognised',
  entry: { event: 'Guest Basket Filled', key: 'properties.cart_id' },
  start: 'known',
  steps: {
    known: {
      waitFor: { event: 'Guest Recognised', timeout: 'P30D' },
      next: { received: 'mail', timeout: 'leave' },
    },
    mail: { send: { template: 'chaos-note', channel: 'email' }, next: 'leave' },
    leave,
  },
};

/** Started by the API as a shop's own birthday list would, in real time: such runs are no rehearsal. */
const BIRTHDAY = {
  key: 'chaos-birthday',
  name: 'Chaos: a birthday present',
  entry: { api: true },
  start: 'present',
  steps: {
    present: {
      send: {
        template: 'chaos-note',
        cascade: [{ channel: 'email', patience: 'PT10M' }, { channel: 'sms' }],
        until: 'opened',
      },
      next: { reached: 'rest', exhausted: 'leave' },
    },
    rest: { wait: 'PT2S', next: 'leave' },
    leave,
  },
};

export const JOURNEYS = [CART, WELCOME, WISH, SEARCH, VISIT, GUEST, BIRTHDAY] as const;

/** The one letter of all journeys: marketing, so that every channel asks for consent. */
export const TEMPLATE = {
  key: 'chaos-note',
  kind: 'marketing',
  topic: 'offers',
  languages: {
    en: {
      email: {
        subject: 'A note',
        html: '<p>About {{ entry.properties.name | default: "it" }}. <a href="{{ links.unsubscribe }}">Unsubscribe</a></p>',
      },
      push: {
        title: 'A note',
        body: 'About {{ entry.properties.name | default: "it" }}',
        link: 'https://shop.example/',
      },
      sms: { text: 'About {{ entry.properties.name | default: "it" }}' },
    },
  },
} as const;
