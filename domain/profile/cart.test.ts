import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '#domain/event/event.ts';
import { applyToCart, CART_MAX } from '#domain/profile/cart.ts';
import { event } from '#domain/profile/folded.example.ts';
import { newProfile } from '#domain/profile/new-profile.ts';

const added = (at: number, product: string, cart?: string, more = {}): StoredEvent =>
  event('Product Added', at, {
    product_id: product,
    ...(cart === undefined ? {} : { cart_id: cart }),
    ...more,
  });

const cartAfter = (...events: StoredEvent[]): string[] =>
  events
    .reduce((profile, each) => applyToCart(profile, each, 'EUR'), newProfile('p', 0, 0))
    .cart.map((line) => `${line.product_id}×${String(line.quantity)}`);

describe('the cart', () => {
  it('holds what was added, with price in minor units', () => {
    const profile = applyToCart(
      newProfile('p', 0, 0),
      added(1, 'a', 'c', { name: 'Lamp', price: 19.99, quantity: 2 }),
      'EUR',
    );
    expect(profile.cart).toEqual([
      { product_id: 'a', cart_id: 'c', name: 'Lamp', quantity: 2, price: 1999, at: 1 },
    ]);
  });

  it('adds up and takes away', () => {
    const less = event('Product Removed', 3, { product_id: 'a', quantity: 1 });
    const gone = event('Product Removed', 4, { product_id: 'a' });
    expect(cartAfter(added(1, 'a'), added(2, 'a'))).toEqual(['a×2']);
    expect(cartAfter(added(1, 'a'), added(2, 'a'), less)).toEqual(['a×1']);
    expect(cartAfter(added(1, 'a'), added(2, 'a'), gone)).toEqual([]);
  });

  it('is what the shop says when it tells the whole cart', () => {
    const viewed = event('Cart Viewed', 5, {
      cart_id: 'c',
      products: [{ product_id: 'x', quantity: 3 }, { sku: 'y' }, 'nonsense', {}],
    });
    expect(cartAfter(added(1, 'a', 'c'), added(2, 'b', 'other'), viewed)).toEqual([
      'x×3',
      'y×1',
      'b×1',
    ]);
    expect(cartAfter(viewed, added(1, 'a', 'c'))).toEqual(['x×3', 'y×1']);
    expect(cartAfter(viewed, event('Cart Viewed', 6, { cart_id: 'c' }))).toEqual(['x×3', 'y×1']);
    expect(cartAfter(viewed, event('Cart Viewed', 6, { cart_id: 'c', products: [] }))).toEqual([]);
  });

  it('is emptied by its order, and only what comes after it counts', () => {
    const bought = event('Order Completed', 5, { cart_id: 'c' });
    expect(cartAfter(added(1, 'a', 'c'), added(2, 'b', 'other'), bought)).toEqual(['b×1']);
    expect(cartAfter(bought, added(1, 'a', 'c'))).toEqual([]);
    expect(cartAfter(bought, added(1, 'b', 'other'))).toEqual(['b×1']);
    expect(cartAfter(bought, added(6, 'a', 'c'))).toEqual(['a×1']);
    expect(cartAfter(added(6, 'a', 'c'), bought)).toEqual(['a×1']);
  });

  it('is emptied altogether by an order that names no cart', () => {
    const bought = event('Order Completed', 5, {});
    expect(cartAfter(added(1, 'a', 'c'), added(2, 'b'), bought)).toEqual([]);
    expect(cartAfter(bought, added(1, 'a', 'c'), added(2, 'b'))).toEqual([]);
  });

  it('does not bring back what was removed', () => {
    const gone = event('Product Removed', 4, { product_id: 'a' });
    expect(cartAfter(gone, added(1, 'a'))).toEqual([]);
    expect(cartAfter(gone, added(5, 'a'))).toEqual(['a×1']);
  });

  it('is bounded', () => {
    const many = Array.from({ length: 120 }, (_, at) => added(at, `p${String(at)}`));
    const lines = cartAfter(...many);
    expect(lines).toHaveLength(CART_MAX);
    expect(lines[CART_MAX - 1]).toBe('p119×1');
  });

  it('holds the same products in any order of adding and buying', () => {
    const steps = fc.uniqueArray(
      fc.record({
        at: fc.integer({ min: 1, max: 100 }),
        product: fc.constantFrom('a', 'b'),
        cart: fc.constantFrom('c', 'd'),
        buys: fc.boolean(),
      }),
      { selector: ({ at }) => at, maxLength: 8 },
    );
    fc.assert(
      fc.property(steps, fc.func(fc.integer()), (items, rank) => {
        const events = items.map(({ at, product, cart, buys }) =>
          buys ? event('Order Completed', at, { cart_id: cart }) : added(at, product, cart),
        );
        const inOrder = [...events].sort((a, b) => a.occurredAt - b.occurredAt);
        const shuffled = [...events].sort((a, b) => rank(a._id) - rank(b._id));
        const productsAfter = (list: StoredEvent[]): string[] =>
          cartAfter(...list)
            .map((line) => line.replace(/×.*/, ''))
            .sort();
        expect(productsAfter(shuffled)).toEqual(productsAfter(inOrder));
      }),
    );
  });
});
