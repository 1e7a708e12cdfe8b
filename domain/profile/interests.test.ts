import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '#domain/event/event.ts';
import { applyEvent } from '#domain/profile/apply-event.ts';
import { event as eventOf } from '#domain/profile/folded.example.ts';
import { REQUESTS_MAX, VIEWED_FOR_MS } from '#domain/profile/interests.ts';
import { mergeProfiles } from '#domain/profile/merge-profiles.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { LAST_VIEWED_MAX } from '#domain/profile/seen.ts';

/** With the product's id alone where nothing else is said of it. */
const event = (
  name: string,
  occurredAt: number,
  about: string | StoredEvent['properties'],
  more: Partial<StoredEvent> = {},
): StoredEvent =>
  eventOf(name, occurredAt, typeof about === 'string' ? { product_id: about } : about, more);
const ordered = (at: number, ...ids: string[]): StoredEvent =>
  event('Order Completed', at, {
    order_id: `o${String(at)}`,
    revenue: 1,
    products: ids.map((product_id) => ({ product_id })),
  });

function after(...events: StoredEvent[]): Profile {
  return events.reduce(
    (profile, each) => applyEvent(profile, each, null, { shopCurrency: 'EUR' }).profile,
    newProfile('p', 0, 0),
  );
}
const kindsIn = ({ interests = [] }: Profile): Record<string, string[]> =>
  Object.fromEntries(interests.map(({ product, kinds }) => [product, Object.keys(kinds).sort()]));
const kindsAfter = (...events: StoredEvent[]): Record<string, string[]> =>
  kindsIn(after(...events));

describe('interests', () => {
  it('come with what a customer does to a product', () => {
    const events = [
      event('Product Viewed', 1, 'a'),
      event('Product Added', 2, 'a'),
      event('Product Added to Wishlist', 3, 'b'),
      event('Price Drop Requested', 4, 'b'),
      event('Back In Stock Requested', 5, 'c'),
    ];
    expect(kindsAfter(...events)).toEqual({
      a: ['cart', 'viewed'],
      b: ['priceRequested', 'wishlist'],
      c: ['stockRequested'],
    });
  });

  it('go as they came', () => {
    const events = [
      event('Product Added', 1, 'a'),
      event('Product Removed', 2, 'a'),
      event('Product Added to Wishlist', 1, 'b'),
      event('Product Removed from Wishlist', 2, 'b'),
      event('Back In Stock Requested', 1, 'c'),
      event('Back In Stock Request Cancelled', 2, 'c'),
    ];
    expect(kindsAfter(...events)).toEqual({});
  });

  it('follow the whole cart as it is told', () => {
    const cart = { products: [{ product_id: 'b' }, { product_id: 'c' }] };
    expect(kindsAfter(event('Product Added', 1, 'a'), event('Cart Viewed', 2, cart))).toEqual({
      b: ['cart'],
      c: ['cart'],
    });
  });

  it('end with the order of the product, but for the wish list, which the shop keeps', () => {
    const before = [
      event('Product Viewed', 1, 'a'),
      event('Product Added', 2, 'a'),
      event('Back In Stock Requested', 2, 'a'),
      event('Product Added to Wishlist', 2, 'a'),
      event('Product Viewed', 2, 'b'),
    ];
    const expected = { a: ['wishlist'], b: ['viewed'] };
    expect(kindsAfter(...before, ordered(3, 'a'))).toEqual(expected);
    expect(kindsAfter(ordered(3, 'a'), event('Product Viewed', 4, 'a'))).toEqual({ a: ['viewed'] });
  });

  it('that were asked for end with the answer, which only Kairos gives', () => {
    const asked = [event('Back In Stock Requested', 1, 'a'), event('Price Drop Requested', 1, 'a')];
    const answer = event('Product Back In Stock', 2, 'a', { source: 'kairos' });
    expect(kindsAfter(...asked, answer)).toEqual({ a: ['priceRequested'] });
    expect(kindsAfter(...asked, { ...answer, source: 'server' })).toEqual({
      a: ['priceRequested', 'stockRequested'],
    });
  });

  it('of looks are the last twenty of a month', () => {
    const many = Array.from({ length: 30 }, (_, at) =>
      event('Product Viewed', at, `p${String(at)}`),
    );
    const kept = Object.keys(kindsAfter(...many));
    expect(kept).toHaveLength(LAST_VIEWED_MAX);
    expect(kept).toContain('p29');
    expect(kept).not.toContain('p9');
    const later = event('Product Viewed', VIEWED_FOR_MS + 10, 'new');
    expect(Object.keys(kindsAfter(event('Product Viewed', 9, 'old'), later))).toEqual(['new']);
  });

  it('of requests are the newest, however many are made', () => {
    const many = Array.from({ length: REQUESTS_MAX + 9 }, (_, at) =>
      event('Price Drop Requested', at, `p${String(at)}`),
    );
    expect(Object.keys(kindsAfter(...many))).toHaveLength(REQUESTS_MAX);
    expect(kindsAfter(...many)).not.toHaveProperty('p8');
  });

  it('cost an event that is about no product nothing', () => {
    const profile = after(event('Product Viewed', 1, 'a'));
    const next = applyEvent(profile, event('Page Viewed', 2, {}), null, { shopCurrency: 'EUR' });
    expect(next.profile.interests).toBe(profile.interests);
  });

  it('are the same in whatever order they are told, and to whichever of two profiles', () => {
    const said = fc.record({
      name: fc.constantFrom(
        'Product Viewed',
        'Product Added to Wishlist',
        'Product Removed from Wishlist',
        'Price Drop Requested',
        'Price Drop Request Cancelled',
      ),
      product: fc.constantFrom('a', 'b', 'c'),
      at: fc.nat({ max: 20 }),
      isOther: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), fc.func(fc.nat()), (all, order) => {
        const tell = ({ name, product, at }: (typeof all)[number]): StoredEvent =>
          event(name, at, product);
        const shuffled = all
          .map((one, place) => ({ one, rank: order(place) }))
          .sort((one, two) => one.rank - two.rank)
          .map(({ one }) => one);
        const straight = after(...all.map(tell));
        const apart = [true, false].map((isOther) =>
          after(...shuffled.filter((one) => one.isOther === isOther).map(tell)),
        );
        const [one = straight, other = straight] = apart;
        expect(mergeProfiles(one, other).interests ?? []).toEqual(straight.interests ?? []);
      }),
    );
  });
});
