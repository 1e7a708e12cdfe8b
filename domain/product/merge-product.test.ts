import { describe, expect, it } from '@jest/globals';
import { HISTORY_MAX, mergeProduct, turnProduct } from './merge-product.ts';
import { termsOf, turnsAt } from './terms.ts';
import { product, saying } from './product.example.ts';

describe('a product', () => {
  it('that is said again as it is known is the very same, however its words are ordered', () => {
    const made = mergeProduct(
      null,
      saying({ price: 500, currency: 'EUR', stock: 3 }, { texts: { name: 'Lamp' } }),
      1,
    );
    expect(mergeProduct(made, saying({ stock: 3 }), 2)).toBe(made);
    const again = saying({ stock: 3, currency: 'EUR', price: 500 }, { texts: { name: 'Lamp' } });
    expect(mergeProduct(made, again, 2)).toBe(made);
    expect(mergeProduct(made, { ...again, isWhole: true }, 2)).toBe(made);
    expect(mergeProduct(made, saying({ stock: 2 }), 2)).toMatchObject({ revision: 2, stock: 2 });
  });

  it('keeps what is not said, unless that was all there is to say', () => {
    const known = product({ brand: 'Lumen', attributes: { watt: 9 }, archivedAt: 5 });
    expect(mergeProduct(known, saying({ stock: 1 }), 9)).toMatchObject({ brand: 'Lumen' });
    const whole = mergeProduct(
      known,
      saying({ stock: 1 }, { isWhole: true, isArchived: false }),
      9,
    );
    expect(whole).toMatchObject({ stock: 1, attributes: {}, revision: 8, createdAt: 0 });
    for (const gone of ['brand', 'price', 'name', 'archivedAt']) {
      expect(whole).not.toHaveProperty(gone);
    }
  });

  it('loses what is said to be nothing', () => {
    const known = product({ attributes: { watt: 9 }, languages: { uk: { name: 'Лампа' } } });
    const after = mergeProduct(
      known,
      saying({ stock: null }, { attributes: { watt: null }, languages: { uk: null } }),
      9,
    );
    expect(after).not.toHaveProperty('stock');
    expect(after).toMatchObject({ attributes: {}, languages: {} });
  });

  it.each([
    ['pieces after it was out', { availability: 'out_of_stock' }, { stock: 4 }, 'in_stock'],
    ['no pieces after it was there', { availability: 'in_stock' }, { stock: 0 }, 'out_of_stock'],
    [
      'that it is out, whatever the pieces',
      { stock: 4 },
      { availability: 'out_of_stock' },
      'out_of_stock',
    ],
    [
      'that it is there after the last piece',
      { stock: 0 },
      { availability: 'in_stock' },
      'in_stock',
    ],
    ['pieces of what can be ordered only', { availability: 'preorder' }, { stock: 0 }, 'preorder'],
  ] as const)('is as the last word has it: %s', (_, known, said, availability) => {
    const after = mergeProduct(product(known), saying(said), 9);
    expect(termsOf(after, 9).availability).toBe(availability);
  });

  it('remembers what it cost and how much there was of it, the newest changes', () => {
    let lamp = mergeProduct(null, saying({ price: 100, currency: 'EUR' }), 0);
    lamp = mergeProduct(lamp, saying({}, { texts: { name: 'Lamp' } }), 1);
    expect(lamp.history).toEqual([{ at: 0, price: 100, currency: 'EUR' }]);
    for (let at = 2; at < 100; at += 1) lamp = mergeProduct(lamp, saying({ stock: at }), at);
    expect(lamp.history).toHaveLength(HISTORY_MAX);
    expect(lamp.history?.at(-1)).toEqual({ at: 99, price: 100, currency: 'EUR', stock: 99 });
  });

  it('is found by the words of its names, its brand and its id', () => {
    const said = saying(
      { brand: 'LUMEN' },
      { texts: { name: 'Desk-lamp, Größe M' }, languages: { uk: { name: 'Настільна лампа' } } },
    );
    expect(mergeProduct(null, said, 0).words).toEqual(
      expect.arrayContaining(['lamp', 'desk', 'größe', 'm', 'lumen', 'настільна', 'лампа']),
    );
  });
});

describe('a sale', () => {
  const sale = { salePrice: 8_000, saleFrom: 1_000, saleUntil: 2_000 };

  it('is what is to be paid from its first instant until before its last', () => {
    const lamp = product(sale);
    expect([999, 1_000, 1_999, 2_000].map((at) => termsOf(lamp, at).price)).toEqual([
      10_000, 8_000, 8_000, 10_000,
    ]);
  });

  it('turns the price by itself at its beginning and its end, and then never', () => {
    const lamp = mergeProduct(product(), saying(sale), 500);
    expect(lamp.turnsAt).toBe(1_000);
    expect(turnProduct(lamp, 999)).toBe(lamp);
    const begun = turnProduct(lamp, 1_004);
    expect(begun).toMatchObject({ turnsAt: 2_000, lookedAt: 1_004, revision: 9 });
    expect(turnProduct(begun, 2_001)).not.toHaveProperty('turnsAt');
  });

  it('that costs no less than usual is none', () => {
    const lamp = product({ ...sale, salePrice: 10_000 });
    expect(termsOf(lamp, 1_500)).toMatchObject({ price: 10_000, isSale: false });
    expect(turnsAt(lamp, 0)).toBeNull();
  });
});
