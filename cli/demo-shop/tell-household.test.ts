import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EVENT_BYTES_MAX, parseCall } from '#domain/event/tracking.ts';
import type { JsonObject } from '#domain/json.ts';
import { toMinorUnits } from '#domain/profile/money.ts';
import { centsOf, type Household } from './cut.ts';
import { derivePeople, type Person } from './derive-people.ts';
import { cartLeavers, fillCart } from './fill-carts.ts';
import { type Cut, readCut } from './read-cut.ts';
import { shopCalendar, yesterdayOf } from './shop-calendar.ts';
import { type Shop, tellHousehold } from './tell-household.ts';

/** Any moment will do. */
const NOW = Date.UTC(2026, 5, 17, 14, 30);

const Order = z.object({
  event: z.literal('Order Completed'),
  timestamp: z.string(),
  properties: z.object({
    order_id: z.string(),
    revenue: z.number(),
    currency: z.literal('USD'),
    products: z.array(z.looseObject({ price: z.number(), quantity: z.number() })).min(1),
  }),
});
type Order = z.infer<typeof Order>;
const Dated = z.object({ timestamp: z.iso.datetime() });

describe('the year of a household as tracking calls', () => {
  let cut: Cut;
  let shop: Shop;
  let told: { household: Household; person: Person; calls: JsonObject[]; orders: Order[] }[];
  beforeAll(async () => {
    cut = await readCut();
    shop = { ...cut, calendar: shopCalendar(cut.lastAt, yesterdayOf(NOW)) };
    const people = derivePeople(cut.households, 2026);
    told = cut.households.flatMap((household, index) => {
      const person = people[index];
      if (person === undefined || index % 16 !== 0) return [];
      const calls = tellHousehold(shop, household, person);
      const orders = calls.flatMap((call) => Order.safeParse(call).data ?? []);
      return { household, person, calls, orders };
    });
  });

  it('has every basket as an order worth what was paid, to the cent', () => {
    for (const { household, orders } of told) {
      expect(orders.length).toBe(household.baskets.length);
      const cents = orders.map(({ properties }) => toMinorUnits(properties.revenue, 'USD') ?? 0);
      expect(cents.reverse()).toEqual(household.baskets.map(centsOf));
    }
  });

  it('ends yesterday and keeps the hours of the day', () => {
    const instant = (seconds: number): string => shop.calendar.instant(seconds);
    expect(instant(cut.lastAt).slice(0, 10)).toBe('2026-06-16');
    expect(instant(cut.lastAt).slice(11, 19)).toBe(
      new Date(cut.lastAt * 1000).toISOString().slice(11, 19),
    );
    for (const { calls } of told) {
      const times = calls.map((call) => Dated.parse(call).timestamp);
      expect(times.filter((at) => Date.parse(at) >= NOW)).toEqual([]);
    }
  });

  it('tells the latest order right after the person, so that nobody seems asleep meanwhile', () => {
    for (const { calls, orders } of told) {
      expect(calls[0]?.type).toBe('identify');
      expect(calls[1]?.timestamp).toBe(orders[0]?.timestamp);
      const times = orders.map(({ timestamp }) => timestamp);
      expect(times).toEqual([...times].sort().reverse());
    }
  });

  it('is good Segment: every call is understood, small enough, and has an id of its own', () => {
    const ids = new Set<unknown>();
    for (const call of told.flatMap(({ calls }) => calls)) {
      const parsed = parseCall(call, { receivedAt: NOW, newId: () => 'none' });
      expect(parsed.ok).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(call))).toBeLessThan(EVENT_BYTES_MAX);
      expect(ids.has(call.messageId)).toBe(false);
      ids.add(call.messageId);
    }
  });

  it('is told in the same words by every start that ends it on the same day', () => {
    const [one] = told;
    const { lastDay } = shop.calendar;
    const again = { ...cut, calendar: shopCalendar(cut.lastAt, lastDay) };
    expect(one && tellHousehold(again, one.household, one.person)).toEqual(one?.calls);
  });

  it('has no cart of long ago: only a few leave one, now, each reachable in another way', () => {
    const events = told.flatMap(({ calls }) => calls.map(({ event }) => event));
    expect(new Set(events)).toEqual(
      new Set([undefined, 'Order Completed', 'Campaign Received', 'Coupon Redeemed']),
    );
    const people = derivePeople(cut.households, 2026);
    const residents = cut.households.flatMap((household, index) => {
      const person = people[index];
      return person === undefined ? [] : [{ household, person }];
    });
    const leavers = cartLeavers(residents, cut.lastAt);
    expect(leavers.length).toBe(6);
    for (const leaver of leavers) {
      const call = fillCart(cut.products, leaver);
      expect(parseCall(call, { receivedAt: NOW, newId: () => 'none' }).ok).toBe(true);
      expect(call.properties).toMatchObject({ price: expect.any(Number), quantity: 1 });
      expect(call.timestamp).toBeUndefined();
    }
  });
});
