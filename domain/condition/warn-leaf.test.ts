import { describe, expect, it } from '@jest/globals';
import type { Leaf } from './leaves.ts';
import { warnLeaf } from './warn-leaf.ts';

function detailsOf(leaf: Leaf): string[] {
  return warnLeaf(leaf, '#/condition').map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

describe('A part of a condition that may be meant otherwise', () => {
  it('is a trait that Kairos does not reckon', () => {
    expect(detailsOf({ trait: 'order_count', gte: 2 })).toEqual([
      expect.stringMatching(/^#\/condition\/trait: .*Did you mean "orders_count"\? .*"attribute"/),
    ]);
    const known = ['orders_count', 'spent_by_currency.EUR', 'wishlist', 'age', 'zone'];
    for (const trait of known) expect(detailsOf({ trait, exists: true })).toEqual([]);
  });

  it('is a count that everybody reaches', () => {
    expect(detailsOf({ event: 'Order Completed', atLeast: 0 })).toEqual([
      expect.stringMatching(/^#\/condition\/atLeast: .*exactly: 0\.$/),
    ]);
    expect(detailsOf({ event: 'Order Completed', atLeast: 0, atMost: 3 })).toEqual([]);
    expect(detailsOf({ event: 'Order Completed' })).toEqual([]);
    const many = { event: 'Order Completed', atLeast: 0, sum: 'properties.quantity', gte: 2 };
    expect(detailsOf(many)).toEqual([]);
  });

  it('is a sum of money that asks for no currency', () => {
    const spent = { event: 'Order Completed', sum: 'properties.revenue', gte: 50 };
    expect(detailsOf(spent)).toEqual([expect.stringMatching(/^#\/condition\/sum: .*currency/)]);
    const where = { 'properties.currency': { is: 'EUR' } };
    expect(detailsOf({ ...spent, where })).toEqual([]);
    expect(detailsOf({ event: 'Seen', max: 'properties.depth', gte: 5 })).toEqual([]);
  });
});
