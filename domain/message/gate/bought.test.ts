import { describe, expect, it } from '@jest/globals';
import { isBought } from './bought.ts';

describe('a product', () => {
  it.each([
    ['its id', [{ products: [{ product_id: 'shoe-1' }] }]],
    ['its SKU, where no id is told', [{ products: ['nonsense', { sku: 'shoe-1' }] }]],
    ['any of several orders', [{ products: [] }, {}, { products: [{ product_id: 'shoe-1' }] }]],
  ])('is bought by %s', (_, orders) => {
    expect(isBought(orders, 'shoe-1')).toBe(true);
  });

  it('is the same whether its id is a number or a text', () => {
    expect(isBought([{ products: [{ product_id: 42 }] }], '42')).toBe(true);
  });

  it('is not bought with another one', () => {
    expect(isBought([{ products: [{ product_id: 'shoe-2', sku: 'shoe-1' }] }], 'shoe-1')).toBe(
      false,
    );
    expect(isBought([], 'shoe-1')).toBe(false);
  });
});
