import type { StoredEvent } from '#domain/event/event.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import { productIdOf } from '#domain/profile/cart.ts';
import { decimalNumber } from '#domain/profile/money.ts';
import { isSignOfLife } from '#domain/profile/seen.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { PRODUCT_ID_MAX } from './product.ts';

/** Lines of one order that count; more are no shopping for oneself. */
const LINES_MAX = 100;
/** Pieces of one line that count: one wholesaler makes no best-seller. */
const PIECES_MAX = 10;
/** A sale counts half after so long: two weeks, so that a season's goods come and go. */
const HALF_LIFE_MS = 14 * DAY_MS;
/** Weights grow from here on, so that older sums need never be touched; enough for 39 years. */
const SINCE = Date.UTC(2026, 0, 1);

/** Pieces of a product that were sold. */
export interface Sold {
  product: string;
  quantity: number;
  /** Epoch ms. */
  at: number;
}

/** What these events say was sold: lines of orders. */
export function soldIn(events: readonly StoredEvent[]): Sold[] {
  return events.flatMap((event) => {
    const { products } = event.properties;
    if (event.name !== 'Order Completed' || !isSignOfLife(event)) return [];
    if (!Array.isArray(products)) return [];
    return products
      .slice(0, LINES_MAX)
      .filter(isJsonObject)
      .flatMap((line) => soldLine(line, event.occurredAt));
  });
}

function soldLine(line: JsonObject, at: number): Sold[] {
  const product = productIdOf(line);
  if (product === null || product.length > PRODUCT_ID_MAX) return [];
  const quantity = decimalNumber(line.quantity) ?? 1;
  return quantity > 0 ? [{ product, quantity: Math.min(quantity, PIECES_MAX), at }] : [];
}

/**
 * What a sale adds to its product's sum. Later sales add more in place of earlier ones losing: of two
 * sums the greater is always that of the product that sells better now.
 */
export function saleWeight({ quantity, at }: Sold): number {
  return quantity * 2 ** ((at - SINCE) / HALF_LIFE_MS);
}
