import type { Product, ProductSaid } from './product.ts';

/** A product in tests. */
export const product = (more: Partial<Product> = {}): Product => ({
  _id: 'lamp',
  name: 'Desk lamp',
  price: 10_000,
  currency: 'EUR',
  stock: 40,
  attributes: {},
  languages: {},
  revision: 7,
  createdAt: 0,
  updatedAt: 0,
  ...more,
});

/** What somebody says of it. */
export const saying = (
  facts: ProductSaid['facts'],
  more: Partial<ProductSaid> = {},
): ProductSaid => ({ id: 'lamp', language: null, texts: {}, facts, attributes: {}, ...more });
