import type { StoredEvent } from '#domain/event/event.ts';
import { applyEvent } from '#domain/profile/apply-event.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { orderIdOf } from '#domain/profile/orders.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';

const SETTINGS = { shopCurrency: 'EUR' };
let lastId = 0;

/** An event of one customer at an instant (epoch ms). */
export const event = (
  name: string,
  occurredAt: number,
  properties: StoredEvent['properties'] = {},
  more: Partial<StoredEvent> = {},
): StoredEvent => ({
  _id: `event-${String((lastId += 1))}`,
  profileId: 'p',
  partition: 0,
  kind: 'track',
  name,
  occurredAt,
  receivedAt: occurredAt,
  place: 0,
  source: 'server',
  properties,
  state: 'accepted',
  ...more,
});

export const identify = (at: number, attributes: StoredEvent['properties']): StoredEvent =>
  event('Identified', at, {}, { kind: 'identify', attributes });

/** Folds events as the router does, with the orders beside the profile. */
export function fold(
  events: readonly StoredEvent[],
  start: Profile = newProfile('p', 0, 0),
): { profile: Profile; orders: Map<string, Order> } {
  const orders = new Map<string, Order>();
  let profile = start;
  for (const each of events) {
    const orderId = orderIdOf(each);
    const known = orderId === null ? null : (orders.get(orderId) ?? null);
    const applied = applyEvent(profile, each, known, SETTINGS);
    profile = applied.profile;
    if (orderId !== null && applied.order !== null) orders.set(orderId, applied.order);
  }
  return { profile, orders };
}
export const after = (...events: StoredEvent[]): Profile => fold(events).profile;
