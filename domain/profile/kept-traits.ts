import { NO_ORDERS } from './order-totals.ts';

/** Names of the traits that profiles keep; others are reckoned where they are asked for. */
export const KEPT_TRAITS: readonly string[] = [
  ...Object.keys(NO_ORDERS),
  ...['first_seen_at', 'last_seen_at', 'last_viewed', 'wishlist', 'product_views'],
];
