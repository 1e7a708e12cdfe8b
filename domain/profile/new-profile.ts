import type { Profile } from '#domain/profile/profile.ts';

/** A customer of whom nothing is known yet. `at` is epoch ms. */
export function newProfile(id: string, partition: number, at: number): Profile {
  return {
    _id: id,
    revision: 0,
    partition,
    attributes: {},
    attributeTimes: {},
    consents: {},
    devices: [],
    language: null,
    browserLanguage: null,
    zone: null,
    traits: {
      orders_count: 0,
      total_spent: 0,
      spent_by_currency: {},
      orders_by_currency: {},
      first_order_at: null,
      last_order_at: null,
      average_order: null,
      first_seen_at: null,
      last_seen_at: null,
    },
    cart: [],
    cartCuts: [],
    lastEventAt: {},
    watches: {},
    nextWatchAt: null,
    mergedInto: null,
    erasedAt: null,
    createdAt: at,
    updatedAt: at,
  };
}
