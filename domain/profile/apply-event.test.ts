import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '#domain/event/event.ts';
import { after, event, fold, identify } from '#domain/profile/folded.example.ts';
import { mergeProfiles } from '#domain/profile/merge-profiles.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { joinOrders } from '#domain/profile/orders.ts';
import { DEVICES_MAX, EVENT_NAMES_MAX } from '#domain/profile/seen.ts';

describe('attributes', () => {
  it('keep the later word on each, whichever came first', () => {
    const early = identify(1, { first_name: 'Ann', city: 'Lviv' });
    const late = identify(2, { first_name: 'Anna', city: null });
    for (const profile of [after(early, late), after(late, early)]) {
      expect(profile.attributes).toEqual({ first_name: 'Anna' });
      expect(profile.attributeTimes).toEqual({ first_name: 2, city: 2 });
    }
  });

  it('have addresses in one form', () => {
    const said = { email: ' A@B.Example ', phone: '+380 (50) 123-45-67' };
    expect(after(identify(1, said)).attributes).toEqual({
      email: 'a@b.example',
      phone: '+380501234567',
    });
  });

  it('decide language and zone before the browser does', () => {
    const context = { locale: 'de-de', timezone: 'Europe/Berlin' };
    const seen = event('Page Viewed', 1, {}, { context });
    expect(after(seen)).toMatchObject({
      language: null,
      browserLanguage: 'de-DE',
      zone: 'Europe/Berlin',
    });
    const told = identify(2, { language: 'uk_ua', timezone: 'Europe/Kyiv' });
    const seenAgain = event('Page Viewed', 3, {}, { context });
    expect(after(seen, told, seenAgain)).toMatchObject({ language: 'uk-UA', zone: 'Europe/Kyiv' });
    const late = event('Page Viewed', 0, {}, { context: { timezone: 'Asia/Tokyo' } });
    expect(after(seen, late).zone).toBe('Europe/Berlin');
    const absurd = identify(4, { timezone: 'Mars/Olympus', language: '***' });
    expect(after(absurd)).toMatchObject({ language: null, zone: null });
  });

  it('cannot change what every object inherits', () => {
    const said: StoredEvent['properties'] = { constructor: 2 };
    Object.defineProperty(said, '__proto__', { value: { polluted: 1 }, enumerable: true });
    const profile = after(identify(1, said));
    expect(Object.keys(profile.attributes)).toEqual(['constructor']);
    expect('polluted' in profile.attributes).toBe(false);
  });

  it('are the same in any order of arrival', () => {
    const said = fc.uniqueArray(
      fc.record({
        at: fc.integer({ min: 1, max: 1000 }),
        attributes: fc.dictionary(
          fc.constantFrom('a', 'b', 'email', 'timezone'),
          fc.constantFrom<string | null>('x@y.example', 'Europe/Kyiv', null),
        ),
      }),
      { selector: ({ at }) => at, maxLength: 8 },
    );
    const shuffled = said.chain((items) =>
      fc.tuple(
        fc.constant(items),
        fc.shuffledSubarray(items, { minLength: items.length, maxLength: items.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([items, others]) => {
        const [one, two] = [items, others].map((list) =>
          after(...list.map(({ at, attributes }) => identify(at, attributes))),
        );
        expect(two?.attributes).toEqual(one?.attributes);
        expect([two?.zone, two?.language]).toEqual([one?.zone, one?.language]);
      }),
    );
  });
});

describe('consents and devices', () => {
  it('keep the latest word on each channel', () => {
    const yes = event('Consent', 1, {}, { consents: { email: { granted: true, source: 'form' } } });
    const no = event('Unsubscribed', 2);
    expect(after(yes, no).consents.email).toMatchObject({ granted: false, at: 2 });
    expect(after(no, yes).consents.email?.granted).toBe(false);
    expect(after(event('Unsubscribed', 2, { channel: 'sms' })).consents).toEqual({
      sms: { granted: false, at: 2, source: 'unsubscribed' },
    });
    // Where it is said with its proof, the proof stays.
    const said = { granted: false, source: 'preference-centre', text: 'E-mail' };
    const proven = event('Unsubscribed', 2, {}, { consents: { email: said } });
    expect(after(proven).consents.email).toEqual({ ...said, at: 2 });
  });

  it('keep the newest push addresses, each once', () => {
    const seen = Array.from({ length: 15 }, (_, index) =>
      event('App Opened', index, {}, { deviceToken: `token-${String(index % 12)}` }),
    );
    const { devices } = after(...seen);
    expect(devices).toHaveLength(DEVICES_MAX);
    expect(devices[0]).toEqual({ token: 'token-2', at: 14 });
  });

  it('remember a bounded number of event names', () => {
    const many = Array.from({ length: 250 }, (_, at) => event(`E${String(at)}`, at));
    const { lastEventAt } = after(...many);
    expect(Object.keys(lastEventAt)).toHaveLength(EVENT_NAMES_MAX);
    expect(lastEventAt.E249).toBe(249);
  });
});

describe('what was seen', () => {
  it('is bounded by the first and the last sign of life', () => {
    const bounced = event('Email Bounced', 99, {}, { source: 'provider' });
    expect(after(event('A', 5), event('B', 3), bounced).traits).toMatchObject({
      first_seen_at: 3,
      last_seen_at: 5,
    });
  });

  it('holds products lately viewed and wished for', () => {
    const view = (id: string, at: number): StoredEvent =>
      event('Product Viewed', at, { product_id: id });
    const wish = event('Product Added to Wishlist', 4, { product_id: 'w' });
    expect(
      after(view('a', 1), view('b', 2), view('a', 3), view('z', 0), wish).traits,
    ).toMatchObject({ last_viewed: ['a', 'b', 'z'], product_views: 4, wishlist: ['w'] });
    const unwish = event('Product Removed from Wishlist', 5, { product_id: 'w' });
    expect(after(wish, unwish).traits.wishlist).toEqual([]);
  });

  it('leaves what was given as it was', () => {
    const before = newProfile('p', 0, 0);
    const copy = structuredClone(before);
    fold([identify(1, { a: 1 }), event('Order Completed', 2, { revenue: 1 })], before);
    expect(before).toEqual(copy);
  });
});

describe('two profiles of one person', () => {
  it('become one: later words, stricter consents, joined carts and devices', () => {
    const consent = (granted: boolean): Partial<StoredEvent> => ({
      consents: { email: { granted, source: 'form' } },
    });
    const keep = after(
      identify(10, { city: 'Lviv', name: 'Ann' }),
      event('Consent', 10, {}, { ...consent(false), deviceToken: 'one' }),
      event('Product Added', 10, { product_id: 'a' }),
    );
    const other = after(
      identify(20, { city: 'Kyiv', name: null, plan: 'x' }),
      event('Consent', 20, {}, { ...consent(true), deviceToken: 'two' }),
      event('Product Added', 20, { product_id: 'b' }),
    );
    const merged = mergeProfiles({ ...keep, _id: 'k', revision: 7 }, other);
    expect(merged).toMatchObject({
      _id: 'k',
      revision: 7,
      attributes: { city: 'Kyiv', plan: 'x' },
      consents: { email: { granted: false } },
      devices: [{ token: 'two' }, { token: 'one' }],
      traits: { first_seen_at: 10, last_seen_at: 20 },
      lastEventAt: { 'Product Added': 20 },
      watches: {},
      nextWatchAt: null,
    });
    expect(merged.cart.map((line) => line.product_id)).toEqual(['a', 'b']);
    expect('name' in merged.attributes).toBe(false);
  });

  it('count an order that both knew of once', () => {
    const bought = event('Order Completed', 1, { order_id: '1', revenue: 10 });
    const again = event('Order Completed', 2, { order_id: '1', revenue: 10 });
    const refund = event('Order Refunded', 3, { order_id: '1', total: 4 });
    const keep = fold([bought]);
    const other = fold([again, refund, event('Order Completed', 4, { order_id: '2', total: 5 })]);
    const orders = joinOrders('p', [...keep.orders.values(), ...other.orders.values()]);
    const merged = mergeProfiles(keep.profile, other.profile, { orders, shopCurrency: 'EUR' });
    expect(orders).toHaveLength(2);
    expect(merged.traits).toMatchObject({ orders_count: 2, total_spent: 1100, average_order: 550 });
  });
});
