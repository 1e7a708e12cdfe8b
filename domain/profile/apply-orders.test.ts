import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '#domain/event/event.ts';
import { after, event, fold } from '#domain/profile/folded.example.ts';
import { NO_ORDERS, totalsOf } from '#domain/profile/order-totals.ts';

describe('orders', () => {
  const order = (id: string, at: number, properties: StoredEvent['properties']): StoredEvent =>
    event('Order Completed', at, { order_id: id, ...properties });

  it('count once by order_id, by revenue or else total, in minor units', () => {
    const profile = after(
      order('1', 10, { revenue: 19.99, total: 25 }),
      order('1', 11, { revenue: 19.99 }),
      order('2', 5, { total: '30.10', currency: 'eur' }),
      event('Order Completed', 7, { products: [{ price: 1.5, quantity: 2 }, { price: 2 }] }),
    );
    expect(profile.traits).toMatchObject({
      orders_count: 3,
      total_spent: 1999 + 3010 + 500,
      first_order_at: 5,
      last_order_at: 10,
      average_order: Math.round(5509 / 3),
    });
  });

  it('lose what was refunded, never more, even if the refund comes first', () => {
    const bought = order('1', 1, { revenue: 50 });
    const part = event('Order Refunded', 2, { order_id: '1', total: 20 });
    const lines = event('Order Refunded', 3, { order_id: '1', products: [{ price: 5 }] });
    const whole = event('Order Refunded', 4, { order_id: '1' });
    for (const events of [
      [bought, part, lines],
      [lines, part, bought],
      [part, part, bought, lines, lines],
    ]) {
      expect(after(...events).traits).toMatchObject({ orders_count: 1, total_spent: 2500 });
    }
    expect(after(part, whole, bought).traits.total_spent).toBe(0);
    expect(after(bought, event('Order Cancelled', 2, { order_id: '1' })).traits.total_spent).toBe(
      0,
    );
    expect(after(whole).traits).toMatchObject({ orders_count: 0, total_spent: 0 });
  });

  it('keep other currencies apart', () => {
    const profile = after(
      order('1', 1, { revenue: 10 }),
      order('2', 2, { revenue: 1500, currency: 'JPY' }),
      order('3', 3, { revenue: 1.5, currency: 'KWD' }),
      event('Order Refunded', 4, { order_id: '3', total: 0.5 }),
    );
    expect(profile.traits).toMatchObject({
      orders_count: 3,
      total_spent: 1000,
      spent_by_currency: { JPY: 1500, KWD: 1000 },
      orders_by_currency: { JPY: 1, KWD: 1 },
      average_order: 1000,
    });
  });

  it('give the same totals in any order, repeats or not, and as reckoned from the orders', () => {
    const step = fc.record({
      name: fc.constantFrom('Order Completed', 'Order Refunded', 'Order Cancelled'),
      id: fc.constantFrom('1', '2', '3'),
      cents: fc.integer({ min: 0, max: 10_000 }),
    });
    const steps = fc.uniqueArray(step, {
      maxLength: 8,
      // Two different completions of one order contradict each other: the first to come stands.
      selector: (item) =>
        item.name === 'Order Refunded' ? JSON.stringify(item) : item.name + item.id,
    });
    const twoWays = steps.chain((items) => {
      const events = items.map(({ name, id, cents }, at) =>
        event(name, at, { order_id: id, total: cents / 100 }),
      );
      return fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
      );
    });
    fc.assert(
      fc.property(twoWays, ([events, shuffled]) => {
        const one = fold(events);
        const two = fold(shuffled);
        expect(two.profile.traits).toEqual(one.profile.traits);
        const totals = totalsOf([...one.orders.values()], 'EUR');
        expect(one.profile.traits).toMatchObject({ ...totals });
        expect(Object.keys(totals).sort()).toEqual(Object.keys(NO_ORDERS).sort());
      }),
    );
  });
});
