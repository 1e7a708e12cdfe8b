import { describe, expect, it } from '@jest/globals';
import { differencesOf, type Found, type Known } from '#bench/complete-journey/compare.ts';
import type { Truth } from '#bench/complete-journey/sum-up.ts';

const AT = Date.UTC(2017, 0, 2, 3, 4, 5);

const truth: Truth = {
  lines: 3,
  bought: new Map([['1', { orders: 2, cents: 1_999, first: AT, last: AT + 60_000 }]]),
  described: new Map([
    ['1', '35-44'],
    ['2', null],
  ]),
  products: new Set(['p1', 'p2']),
};

const known = (traits: Partial<Known['traits']>, attributes = {}): Known => ({
  traits: {
    ...{ orders_count: 2, total_spent: 19.99 },
    ...{ first_order_at: '2017-01-02T03:04:05.000Z', last_order_at: '2017-01-02T03:05:05.000Z' },
    ...traits,
  },
  attributes,
});
const nothing = { orders_count: 0, total_spent: 0, first_order_at: null, last_order_at: null };

const equal: Found = {
  households: new Map([
    ['1', known({}, { age_band: '35-44' })],
    ['2', known(nothing)],
  ]),
  profiles: 2,
  products: new Set(['p1', 'p2']),
};

function withOne(one: Known | null): Found {
  return { ...equal, households: new Map([...equal.households, ['1', one]]) };
}

describe('The comparison of Complete Journey', () => {
  it('finds nothing where all is equal', () => {
    expect(differencesOf(truth, equal)).toEqual([]);
  });

  it.each<[string, Found]>([
    ['an order', withOne(known({ orders_count: 1 }, { age_band: '35-44' }))],
    ['a cent', withOne(known({ total_spent: 19.98 }, { age_band: '35-44' }))],
    ['a first date', withOne(known({ first_order_at: null }, { age_band: '35-44' }))],
    ['a last date', withOne(known({ last_order_at: null }, { age_band: '35-44' }))],
    ['an age', withOne(known({}))],
    ['a household', withOne(null)],
    ['a stranger', { ...equal, profiles: 3 }],
    ['a product', { ...equal, products: new Set(['p1']) }],
    ['a strange product', { ...equal, products: new Set(['p1', 'p2', 'p3']) }],
  ])('finds %s', (_, found) => {
    expect(differencesOf(truth, found)).toHaveLength(1);
  });
});
