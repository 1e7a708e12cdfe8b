import type { Interest, InterestKind } from '#domain/profile/profile.ts';
import { VIEWED_FOR_MS } from '#domain/profile/interests.ts';
import { BACK_IN_STOCK, PRICE_DROPPED } from './catalogue-events.ts';

/** The words by which an event says why somebody is told. */
const WORDS: Readonly<Record<InterestKind, string>> = {
  cart: 'cart',
  wishlist: 'wishlist',
  viewed: 'viewed',
  priceRequested: 'requested',
  stockRequested: 'requested',
};

/** Whoever asked to be told of one thing did not ask for others. */
const ASKED_FOR: Readonly<Partial<Record<InterestKind, string>>> = {
  priceRequested: PRICE_DROPPED,
  stockRequested: BACK_IN_STOCK,
};

/**
 * Why somebody with this interest is told of an event at `now` (epoch ms), in the order cart, wish
 * list, viewed, requested; empty: they are not.
 */
export function reasonsToTell({ kinds }: Interest, name: string, now: number): string[] {
  const { viewed } = kinds;
  const isStale = viewed !== undefined && viewed < now - VIEWED_FOR_MS;
  const counted = (Object.keys(WORDS) as InterestKind[]).filter((kind) => {
    if (kinds[kind] === undefined || (kind === 'viewed' && isStale)) return false;
    return (ASKED_FOR[kind] ?? name) === name;
  });
  return [...new Set(counted.map((kind) => WORDS[kind]))];
}
