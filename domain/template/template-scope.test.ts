import { describe, expect, it } from '@jest/globals';
import { templateScope } from './template-scope.ts';

const traits = {
  orders_count: 2,
  total_spent: 12_345,
  spent_by_currency: { JPY: 500 },
  orders_by_currency: { JPY: 1 },
  first_order_at: Date.UTC(2026, 0, 2, 3, 4, 5),
  last_order_at: null,
  average_order: 6_173,
  first_seen_at: null,
  last_seen_at: null,
};

describe('templateScope', () => {
  it('shows money in major units, instants as ISO 8601 and the event that began the run', () => {
    const event = {
      id: 'e1',
      name: 'Product Added',
      occurredAt: 0,
      receivedAt: 1,
      properties: { name: 'Boots' },
      context: { campaign: { name: 'spring' } },
    };
    const scope = templateScope({
      profile: { attributes: { first_name: 'Ann', traits: 'mine' }, traits, cart: [] },
      entry: { kind: 'event', id: 'e1', at: 0, event, properties: event.properties },
      entryKey: 'cart-1',
      currency: 'USD',
      links: { unsubscribe: 'https://kairos.example/u' },
    });
    expect(scope).toEqual({
      profile: {
        first_name: 'Ann',
        cart: [],
        traits: {
          ...traits,
          total_spent: 123.45,
          average_order: 61.73,
          spent_by_currency: { JPY: 500 },
          first_order_at: '2026-01-02T03:04:05.000Z',
        },
      },
      entry: {
        kind: 'event',
        key: 'cart-1',
        at: '1970-01-01T00:00:00.000Z',
        properties: { name: 'Boots' },
      },
      event: {
        name: 'Product Added',
        properties: { name: 'Boots' },
        occurredAt: '1970-01-01T00:00:00.000Z',
      },
      context: { campaign: { name: 'spring' } },
      links: { unsubscribe: 'https://kairos.example/u' },
    });
  });

  it('has no event where a date or a call began the run', () => {
    const scope = templateScope({
      profile: { attributes: {}, traits: { ...traits, average_order: null }, cart: [] },
      entry: { kind: 'date', id: '2026-11-22', at: 0, event: null, properties: {} },
      entryKey: null,
      currency: 'JPY',
      links: { unsubscribe: 'u' },
    });
    expect(scope).toMatchObject({
      event: null,
      context: {},
      profile: { traits: { total_spent: 12_345 } },
    });
  });
});
