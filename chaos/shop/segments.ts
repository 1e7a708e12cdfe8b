/**
 * The segments of the chaos run, one of each way in which membership is kept: counted in windows
 * that end during the run, added up for good, by what is known, by a sequence, and by others.
 */
export const SEGMENTS = [
  {
    key: 'chaos-lately',
    name: 'Chaos: put something in a cart within ten seconds',
    condition: { event: 'Product Added', within: 'PT10S' },
  },
  {
    key: 'chaos-buyers',
    name: 'Chaos: ordered in the last month',
    condition: { event: 'Order Completed', within: 'P30D' },
  },
  {
    key: 'chaos-spenders',
    name: 'Chaos: orders of twenty and more together',
    condition: { event: 'Order Completed', sum: 'properties.revenue', gte: 20 },
  },
  {
    key: 'chaos-after-cart',
    name: 'Chaos: ordered within a minute of a cart',
    condition: {
      event: 'Product Added',
      within: 'P30D',
      followedBy: { event: 'Order Completed', within: 'PT1M' },
    },
  },
  {
    key: 'chaos-quiet',
    name: 'Chaos: buyers who may not be written to',
    condition: { all: [{ trait: 'orders_count', gte: 1 }, { not: { consent: 'email' } }] },
  },
  {
    key: 'chaos-both',
    name: 'Chaos: buyers without anything in a cart lately',
    condition: { all: [{ segment: 'chaos-buyers' }, { not: { segment: 'chaos-lately' } }] },
  },
] as const;
