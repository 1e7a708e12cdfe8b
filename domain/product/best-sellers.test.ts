import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { saleWeight, soldIn } from './best-sellers.ts';

const AT = Date.UTC(2026, 10, 22);

function order(products: unknown, changes: Partial<StoredEvent> = {}): StoredEvent {
  return {
    ...{ _id: 'e', profileId: 'p', partition: 0, kind: 'track', name: 'Order Completed' },
    ...{ occurredAt: AT, receivedAt: AT, place: 0, source: 'server', state: 'accepted' },
    properties: JSON.parse(JSON.stringify({ products })) as StoredEvent['properties'],
    ...changes,
  };
}

describe('soldIn', () => {
  it('reads the lines of orders, and of nothing else', () => {
    const lines = [{ product_id: 'a', quantity: 2 }, { product_id: 'b' }, { name: 'no id' }, 7];
    expect(soldIn([order(lines), order(lines, { name: 'Checkout Started' }), order('x')])).toEqual([
      { product: 'a', quantity: 2, at: AT },
      { product: 'b', quantity: 1, at: AT },
    ]);
  });

  it('lets no wholesaler and no return make a best-seller', () => {
    const lines = [
      { product_id: 'a', quantity: 5_000 },
      { product_id: 'b', quantity: -1 },
    ];
    expect(soldIn([order(lines)])).toEqual([{ product: 'a', quantity: 10, at: AT }]);
  });
});

describe('saleWeight', () => {
  it('halves what lies two weeks back against what is sold now', () => {
    const now = saleWeight({ product: 'a', quantity: 1, at: AT });
    const before = saleWeight({ product: 'a', quantity: 1, at: AT - 14 * DAY_MS });
    expect(before / now).toBeCloseTo(0.5);
    const history = saleWeight({ product: 'a', quantity: 1_000, at: AT - 3 * 365 * DAY_MS });
    expect(history).toBeLessThan(now);
    expect(saleWeight({ product: 'a', quantity: 1, at: Date.UTC(2060, 0, 1) })).toBeLessThan(
      Infinity,
    );
  });
});
