import { describe, expect, it } from '@jest/globals';
import type { RunEntry } from '#domain/journey/run.ts';
import { product } from '#domain/product/product.example.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { CartLine, Profile } from '#domain/profile/profile.ts';
import {
  personalContent,
  personalLists,
  PRODUCTS_MAX,
  type PersonalInput,
  type Shelf,
} from './personal-content.ts';

const AT = Date.UTC(2026, 10, 22);
const entry: RunEntry = {
  ...{ kind: 'event', id: 'e', at: AT, event: null, properties: { product_id: 'lamp' } },
};
const line = (product_id: string, more: Partial<CartLine> = {}): CartLine => ({
  ...{ product_id, cart_id: null, name: null, quantity: 1, price: null, at: AT },
  ...more,
});

function input(profile: Partial<Profile>, more: Partial<PersonalInput> = {}): PersonalInput {
  return { profile: { ...newProfile('p', 0, 0), ...profile }, entry, order: null, ...more };
}

function shelf(more: Partial<Shelf> = {}): Shelf {
  const products = new Map([
    ['lamp', product({ languages: { uk: { name: 'Лампа' } }, image: 'https://s.example/l.png' })],
    ['rug', product({ _id: 'rug', name: 'Rug', salePrice: 4_000 })],
    ['old', product({ _id: 'old', name: 'Old', archivedAt: 1 })],
  ]);
  return { products, recommended: [], language: 'en', currency: 'EUR', now: AT, ...more };
}

describe('personalContent', () => {
  it('shows a cart by the catalogue, and by what the events said where that knows nothing', () => {
    const asked = input({
      cart: [
        line('lamp', { quantity: 2, price: 9_000 }),
        line('gone', { name: 'A gift', price: 500 }),
      ],
    });
    const { cart } = personalContent(asked, personalLists(asked), shelf({ language: 'uk' }));
    expect(cart).toMatchObject([
      { product_id: 'lamp', name: 'Лампа', price: 100, quantity: 2, total: 200 },
      { product_id: 'gone', name: 'A gift', price: 5, currency: 'EUR', total: 5 },
    ]);
  });

  it('shows what was looked at last first, at the price of now, unless it is sold no longer', () => {
    const asked = input({
      interests: [
        { product: 'lamp', kinds: { viewed: 1 } },
        { product: 'old', kinds: { viewed: 3 } },
        { product: 'rug', kinds: { viewed: 2, cart: 1 } },
        { product: 'vase', kinds: { wishlist: 9 } },
      ],
    });
    const lists = personalLists(asked);
    expect(lists.viewed).toEqual(['old', 'rug', 'lamp']);
    expect(personalContent(asked, lists, shelf()).viewed).toMatchObject([
      { product_id: 'rug', price: 40, old_price: 100, on_sale: true },
      { product_id: 'lamp', price: 100, old_price: null, image: 'https://s.example/l.png' },
    ]);
  });

  it('shows the order as it was paid, with the catalogue’s pictures', () => {
    const products = [{ product_id: 'lamp', price: 80, quantity: 1 }, 'nonsense'];
    const order = { properties: { order_id: 'o1', total: 80, products }, occurredAt: AT };
    const asked = input({}, { order });
    expect(personalLists(asked).order).toEqual(['lamp']);
    expect(personalContent(asked, personalLists(asked), shelf()).order).toMatchObject({
      order_id: 'o1',
      at: '2026-11-22T00:00:00.000Z',
      products: [{ product_id: 'lamp', name: 'Desk lamp', price: 80 }],
    });
  });

  it('shows the product that the entry is about, and what is recommended, while they are sold', () => {
    const asked = input({});
    const content = personalContent(
      asked,
      personalLists(asked),
      shelf({ recommended: ['rug', 'old', 'unknown'] }),
    );
    expect(content.product).toMatchObject({ product_id: 'lamp', name: 'Desk lamp' });
    expect(content.recommendations).toMatchObject([{ product_id: 'rug' }]);
    expect(content.order).toBeNull();
    const other = input({}, { entry: { ...entry, properties: { product_id: 'old' } } });
    expect(personalContent(other, personalLists(other), shelf()).product).toBeNull();
  });

  it('is of bounded length however long the lists are', () => {
    const cart = Array.from({ length: 100 }, (_, index) => line(`p${String(index)}`));
    const interests = cart.map(({ product_id }, at) => ({
      product: product_id,
      kinds: { viewed: at },
    }));
    const products = cart.map(({ product_id }) => ({ product_id }));
    const asked = input(
      { cart, interests },
      { order: { properties: { products }, occurredAt: 1 } },
    );
    const lists = personalLists(asked);
    expect([lists.cart, lists.viewed, lists.order].map(({ length }) => length)).toEqual([
      PRODUCTS_MAX,
      PRODUCTS_MAX,
      PRODUCTS_MAX,
    ]);
    expect(lists.cart.at(-1)).toBe('p99');
  });
});
