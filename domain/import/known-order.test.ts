import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#domain/json.ts';
import { saysTheSame } from './known-order.ts';

const line = (id: string): JsonObject => ({ product_id: id, quantity: 1, price: 2 });
const order = (...ids: string[]): JsonObject => ({
  order_id: 'o1',
  revenue: ids.length * 2,
  currency: 'EUR',
  products: ids.map(line),
});

describe('An order that is in already', () => {
  it('is the same in whatever order its names are, and without what is empty', () => {
    const said = {
      currency: 'EUR',
      coupon: null,
      products: [line('a')],
      revenue: 2,
      order_id: 'o1',
    };
    expect(saysTheSame(order('a'), said, { mayBePart: false })).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['another line', order('b')],
    ['one more line', order('a', 'a', 'b')],
    ['no line', order()],
    ['another worth', { ...order('a', 'a'), revenue: 5 }],
  ])('is another one with %s', (_, said) => {
    for (const mayBePart of [false, true]) {
      expect(saysTheSame(order('a', 'a'), said, { mayBePart })).toBe(false);
    }
  });

  it('says nothing new in a part of its lines where it may be read in parts', () => {
    const [known, part] = [order('a', 'b', 'a'), order('a', 'a')];
    expect(saysTheSame(known, part, { mayBePart: true })).toBe(true);
    expect(saysTheSame(known, part, { mayBePart: false })).toBe(false);
    expect(saysTheSame(known, order('b', 'b'), { mayBePart: true })).toBe(false);
  });
});
