import { describe, expect, it } from '@jest/globals';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Interest, Profile } from '#domain/profile/profile.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { termsOf } from './terms.ts';
import type { Product } from './product.ts';
import { product } from './product.example.ts';
import { tellInterested } from './tell-interested.ts';

const NOW = 100 * DAY_MS;
const interested = (kinds: Interest['kinds'], more: Partial<Profile> = {}): Profile => ({
  ...newProfile('p1', 0, 0),
  interests: [
    { product: 'bed', kinds: { cart: NOW } },
    { product: 'lamp', kinds },
  ],
  ...more,
});

function tell(profile: Profile, before: Partial<Product>, after: Partial<Product>) {
  const now = product({ ...after, revision: 8 });
  const change = {
    revision: 8,
    changedAt: NOW,
    before: termsOf(product(before), NOW),
    after: termsOf(now, NOW),
    product: now,
  };
  return tellInterested(profile, change, NOW);
}
const reasons = (kinds: Interest['kinds'], after: Partial<Product>, before = {}): unknown =>
  tell(interested(kinds), before, after)?.events.map(({ name, properties }) => [
    name,
    properties.interests,
  ]) ?? null;

describe('whoever is interested in a product', () => {
  it('is told of a change and why, in words that a message can use', () => {
    const names = { languages: { uk: { name: 'Лампа' } }, categories: ['Home', 'Lamps'] };
    const told = tell(
      interested({ cart: 1, viewed: NOW }, { language: 'uk-UA' }),
      {},
      {
        price: 8_000,
        ...names,
      },
    );
    expect(told?.events).toMatchObject([
      {
        name: 'Product Price Dropped',
        profileId: 'p1',
        source: 'kairos',
        properties: {
          product_id: 'lamp',
          name: 'Лампа',
          category: 'Lamps',
          price: 80,
          old_price: 100,
          currency: 'EUR',
          stock: 40,
          interests: ['cart', 'viewed'],
        },
      },
    ]);
  });

  it('is told once, however often it is tried', () => {
    const told = tell(interested({ cart: 1 }), {}, { price: 8_000 });
    expect(told?.profile.interests?.[1]).toEqual({ product: 'lamp', kinds: { cart: 1 }, told: 8 });
    expect(tell(told?.profile ?? interested({}), {}, { price: 8_000 })).toBeNull();
    const again = tell(interested({ cart: 1 }), {}, { price: 8_000 });
    expect(again?.events.map(({ _id }) => _id)).toEqual(told?.events.map(({ _id }) => _id));
  });

  it('is told what they asked for, and not what they did not', () => {
    expect(reasons({ priceRequested: 1 }, { price: 8_000 })).toEqual([
      ['Product Price Dropped', ['requested']],
    ]);
    expect(reasons({ priceRequested: 1 }, { stock: 40 }, { stock: 0 })).toBeNull();
    expect(reasons({ stockRequested: 1 }, { price: 8_000 })).toBeNull();
    expect(reasons({ stockRequested: 1 }, { price: 8_000 }, { stock: 0 })).toEqual([
      ['Product Back In Stock', ['requested']],
    ]);
    expect(reasons({ stockRequested: 1, wishlist: 1 }, { stock: 0 })).toEqual([
      ['Product Out Of Stock', ['wishlist']],
    ]);
  });

  it('only now is told nothing of a change from before: they saw it as it is', () => {
    expect(reasons({ viewed: NOW + 1 }, { price: 8_000 })).toBeNull();
    expect(reasons({ stockRequested: NOW + 1 }, { stock: 40 }, { stock: 0 })).toBeNull();
    expect(reasons({ cart: NOW + 1, wishlist: NOW - 1 }, { price: 8_000 })).toEqual([
      ['Product Price Dropped', ['wishlist']],
    ]);
  });

  it('a month after they looked at it is so no longer', () => {
    expect(reasons({ viewed: NOW - 31 * DAY_MS }, { price: 8_000 })).toBeNull();
    expect(reasons({ viewed: NOW - 29 * DAY_MS }, { price: 8_000 })).toHaveLength(1);
  });
});

describe('whoever is not interested', () => {
  it('is told nothing', () => {
    expect(tell(newProfile('p1', 0, 0), {}, { price: 1 })).toBeNull();
    expect(tell(interested({}), {}, { price: 1 })).toBeNull();
  });
});
