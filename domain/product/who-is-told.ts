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
 * Why somebody with this interest is told at `now` of an event that a change at `changedAt` made
 * (epoch ms), in the order cart, wish list, viewed, requested; empty: they are not. Whoever came to
 * it after the change saw the product as it is now.
 */
export function reasonsToTell(
  { kinds }: Interest,
  name: string,
  { now, changedAt }: { now: number; changedAt: number },
): string[] {
  const counted = (Object.keys(WORDS) as InterestKind[]).filter((kind) => {
    const since = kinds[kind];
    if (since === undefined || since > changedAt) return false;
    if (kind === 'viewed' && since < now - VIEWED_FOR_MS) return false;
    return (ASKED_FOR[kind] ?? name) === name;
  });
  return [...new Set(counted.map((kind) => WORDS[kind]))];
}
