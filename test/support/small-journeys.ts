import { journey } from './shop-customer.ts';

const leave = { end: 'done' };
const waiting = { wait: 'P1D', next: 'leave' };
const exits = [
  { event: 'Order Completed', match: { 'properties.cart_id': 'entry.properties.cart_id' } },
];

const entered = (
  key: string,
  entry: Record<string, unknown>,
  steps: Record<string, object> = { leave },
): ReturnType<typeof journey> => journey(key, steps, { entry });

/** Journeys of a step or two, each for one fact about entries, exits, goals and steps. */
export const SMALL_JOURNEYS = [
  journey('in-wait', { waits: waiting, leave }, { exits }),
  journey(
    'in-wait-for',
    {
      waits: {
        waitFor: { event: 'Cart Viewed', timeout: 'P1D' },
        next: { received: 'leave', timeout: 'leave' },
      },
      leave,
    },
    { exits },
  ),
  journey(
    'in-cascade',
    {
      waits: {
        send: {
          template: 'cart-reminder',
          cascade: [{ channel: 'push', patience: 'P1D' }, { channel: 'email' }],
          until: 'opened',
        },
        next: { reached: 'leave', exhausted: 'leave' },
      },
      leave,
    },
    { exits },
  ),
  entered('never', { event: 'Never' }),
  entered('always', { event: 'Always', reentry: 'always' }, { waits: waiting, leave }),
  entered(
    'one',
    { event: 'One', reentry: 'oneAtATime' },
    { waits: { wait: 'PT2S', next: 'leave' }, leave },
  ),
  entered('after', { event: 'After', reentry: { after: 'PT3S' } }),
  entered('keyed', { event: 'Keyed', key: 'properties.cart_id' }),
  entered('choosy', {
    event: 'Choosy',
    where: { 'properties.price': { gt: 10 } },
    when: { attribute: 'country', is: 'UA' },
    reentry: 'always',
  }),
  journey('listens', {
    waits: {
      waitFor: {
        event: 'Cart Viewed',
        where: { 'properties.big': { is: true } },
        timeout: 'PT6S',
      },
      next: { received: 'gladly', timeout: 'sadly' },
    },
    gladly: { end: 'gladly' },
    sadly: { end: 'sadly' },
  }),
  journey('branches', {
    worth: {
      branch: [
        { when: { trait: 'orders_count', gte: 2 }, next: 'good' },
        { when: { event: 'Product Viewed', atLeast: 3 }, next: 'curious' },
        { else: true, next: 'other' },
      ],
    },
    good: { end: 'good' },
    curious: { end: 'curious' },
    other: { end: 'other' },
  }),
  journey(
    'goal',
    { waits: waiting, leave },
    {
      goal: { event: 'Order Completed', within: 'P1D', value: 'properties.revenue' },
    },
  ),
  journey('local', { morning: { wait: { until: '10:00' }, next: 'leave' }, leave }),
  entered(
    'asked',
    { api: true, reentry: 'oneAtATime' },
    { hi: { send: { template: 'cart-reminder', channel: 'email' }, next: 'leave' }, leave },
  ),
  journey(
    'cart',
    { waits: waiting, leave },
    {
      entry: { event: 'Product Added', key: 'properties.cart_id', reentry: { after: 'P7D' } },
      exits,
    },
  ),
];
