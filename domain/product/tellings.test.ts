import { describe, expect, it } from '@jest/globals';
import { termsOf } from './terms.ts';
import type { Product } from './product.ts';
import { product } from './product.example.ts';
import { tellingsOf } from './tellings.ts';

const told = (before: Partial<Product>, after: Partial<Product>) =>
  tellingsOf(termsOf(product(before), 0), termsOf(product(after), 0));
const names = (before: Partial<Product>, after: Partial<Product>): string[] =>
  told(before, after).map(({ name }) => name);
const without = (...gone: (keyof Product)[]): Partial<Product> =>
  Object.fromEntries(gone.map((name) => [name, undefined]));

describe('what a change of a product is to those interested', () => {
  it('a lower price, by how much', () => {
    expect(told({ price: 10_000 }, { price: 8_550 })).toEqual([
      {
        name: 'Product Price Dropped',
        properties: { old_price: 100, drop: 14.5, drop_percent: 14.5, on_sale: false },
      },
    ]);
  });

  it('a sale that begins, and one that ends', () => {
    expect(told({}, { salePrice: 5_000 })).toMatchObject([
      { name: 'Product Price Dropped', properties: { on_sale: true, drop_percent: 50 } },
    ]);
    expect(told({ salePrice: 5_000 }, {})).toMatchObject([
      { name: 'Product Price Raised', properties: { on_sale: false, rise: 50, rise_percent: 100 } },
    ]);
  });

  it('nothing, where prices are in two currencies or one is not known', () => {
    expect(names({ price: 10_000 }, { price: 100, currency: 'JPY' })).toEqual([]);
    expect(names({ price: 10_000 }, without('price', 'currency'))).toEqual([]);
    expect(names(without('price', 'currency'), { price: 1 })).toEqual([]);
  });

  it.each([
    ['back', { stock: 0 }, { stock: 40 }, ['Product Back In Stock']],
    ['back with few pieces only', { stock: 0 }, { stock: 2 }, ['Product Back In Stock']],
    ['there instead of on order', { availability: 'backorder' }, {}, ['Product Back In Stock']],
    ['first told to be there', without('stock'), { stock: 9 }, []],
    ['gone', {}, { stock: 0 }, ['Product Out Of Stock']],
    ['on order instead of there', {}, { availability: 'preorder' }, []],
    ['few', { stock: 6 }, { stock: 5 }, ['Product Running Low']],
    ['fewer of few', { stock: 5 }, { stock: 4 }, []],
    [
      'few by a limit of its own',
      { stock: 31, lowStock: 30 },
      { stock: 30, lowStock: 30 },
      ['Product Running Low'],
    ],
    ['sold no longer, and cheaper', {}, { archivedAt: 1, price: 1 }, ['Product Discontinued']],
    ['changed after that', { archivedAt: 1 }, { archivedAt: 1, price: 1, stock: 0 }, []],
    ['sold again', { archivedAt: 1 }, {}, ['Product Back In Stock']],
    [
      'back and cheaper',
      { stock: 0 },
      { price: 1 },
      ['Product Price Dropped', 'Product Back In Stock'],
    ],
  ] as const)('of stock: %s', (_, before, after, expected) => {
    expect(names(before as Partial<Product>, after as Partial<Product>)).toEqual(expected);
  });
});
