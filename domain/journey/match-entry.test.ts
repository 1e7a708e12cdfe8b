import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#domain/json.ts';
import { abandonedCart, journeyWith } from '#domain/journey/journey.example.ts';
import {
  entryKeyOf,
  entryMatches,
  exitMatches,
  goalMatches,
  listensOf,
} from '#domain/journey/match-entry.ts';

const DAY = 86_400_000;
const CART = abandonedCart();

function event(name: string, properties: JsonObject, at = 0) {
  return { id: 'e', name, occurredAt: at, receivedAt: at, properties };
}
const entry = (properties: JsonObject) =>
  ({ kind: 'event', id: 'e', at: 0, event: null, properties }) as const;

describe('what a journey listens for', () => {
  it('is named once each', () => {
    expect(listensOf(CART)).toEqual({
      entry: 'Product Added',
      exits: ['Order Completed'],
      goal: 'Order Completed',
      steps: ['Cart Viewed'],
    });
    expect(listensOf(journeyWith('leave', { leave: { end: 'done' } }))).toEqual({
      entry: null,
      exits: [],
      goal: null,
      steps: [],
    });
  });

  it('ends with going out of a segment, which only Kairos itself can tell', () => {
    const journey = { ...CART, exits: [{ segment: { leaves: 'vip' } }] };
    expect(listensOf(journey).exits).toEqual(['Segment Left']);
    const left = event('Segment Left', { segment: 'vip' });
    const ends = (told: Parameters<typeof exitMatches>[2]): boolean =>
      exitMatches(journey, entry({}), told) !== null;
    expect(ends({ ...left, source: 'kairos' })).toBe(true);
    expect(ends(left)).toBe(false);
    const other = event('Segment Left', { segment: 'press' });
    expect(ends({ ...other, source: 'kairos' })).toBe(false);
  });

  it('enters by name and filter', () => {
    expect(entryMatches(CART, event('Product Added', { price: 5 }))).toBe(true);
    expect(entryMatches(CART, event('Product Added', { price: 0 }))).toBe(false);
    expect(entryMatches(CART, event('Product Added', {}))).toBe(false);
    expect(entryMatches(CART, event('Product Viewed', { price: 5 }))).toBe(false);
  });

  it('takes the entry key from the event', () => {
    expect(entryKeyOf(CART, event('Product Added', { cart_id: 'c1' }))).toBe('c1');
    expect(entryKeyOf(CART, event('Product Added', { cart_id: 42 }))).toBe('42');
    expect(entryKeyOf(CART, event('Product Added', { cart_id: {} }))).toBeNull();
    expect(entryKeyOf(CART, event('Product Added', {}))).toBeNull();
  });

  it('leaves with the order of the same cart only', () => {
    const exits = (bought: JsonObject, entered: JsonObject) =>
      exitMatches(CART, entry(entered), event('Order Completed', bought)) !== null;
    expect(exits({ cart_id: 'c1' }, { cart_id: 'c1' })).toBe(true);
    expect(exits({ cart_id: 7 }, { cart_id: '7' })).toBe(true);
    expect(exits({ cart_id: 'c2' }, { cart_id: 'c1' })).toBe(false);
    expect(exits({}, {})).toBe(false);
    expect(exits({ cart_id: null }, { cart_id: null })).toBe(false);
  });

  it('counts the goal within its window from the entry, with its value', () => {
    const hit = (at: number) =>
      goalMatches(CART, entry({}), event('Order Completed', { revenue: 12.5 }, at));
    expect(hit(-1)).toBeNull();
    expect(hit(0)).toEqual({ value: 12.5 });
    expect(hit(7 * DAY)).toEqual({ value: 12.5 });
    expect(hit(7 * DAY + 1)).toBeNull();
    expect(goalMatches(CART, entry({}), event('Order Completed', {}, 1))).toEqual({ value: null });
  });
});
