import { least, most } from '#domain/extremes.ts';
import { netOf } from '#domain/profile/orders.ts';
import type { Order, Traits } from '#domain/profile/profile.ts';

/** The traits that follow from a customer's orders. Money in minor units. */
export type OrderTotals = Pick<
  Traits,
  | 'orders_count'
  | 'total_spent'
  | 'spent_by_currency'
  | 'orders_by_currency'
  | 'first_order_at'
  | 'last_order_at'
  | 'average_order'
>;

/** Other currencies kept apart for one customer; orders beyond count, their money does not. */
const CURRENCIES_MAX = 50;

/** Totals without any order. */
export const NO_ORDERS: OrderTotals = {
  orders_count: 0,
  total_spent: 0,
  spent_by_currency: {},
  orders_by_currency: {},
  first_order_at: null,
  last_order_at: null,
  average_order: null,
};

/** The totals over all orders, each given once. */
export function totalsOf(orders: readonly Order[], shopCurrency: string): OrderTotals {
  return orders.reduce(
    (totals, order) => changeTotals(totals, null, order, shopCurrency),
    NO_ORDERS,
  );
}

/**
 * The totals after one order changed from `before` to `after`. An order counts once it is
 * completed, and goes on counting when it is refunded: only its money goes.
 */
export function changeTotals<T extends OrderTotals>(
  totals: T,
  before: Order | null,
  after: Order,
  shopCurrency: string,
): T {
  if (!after.completed) return totals;
  const isNew = before?.completed !== true;
  const spent = netOf(after) - netOf(before);
  if (!isNew && spent === 0) return totals;
  const changed = { ...totals };
  if (after.currency === shopCurrency) changed.total_spent += spent;
  else addForeign(changed, after.currency, { spent, orders: isNew ? 1 : 0 });
  if (isNew) {
    changed.orders_count += 1;
    changed.first_order_at = Math.min(changed.first_order_at ?? after.at, after.at);
    changed.last_order_at = Math.max(changed.last_order_at ?? after.at, after.at);
  }
  changed.average_order = averageOf(changed);
  return changed;
}

/** Minor units of the shop's currency per order paid in it; null without one. */
export function averageOf(totals: OrderTotals): number | null {
  let orders = totals.orders_count;
  for (const count of Object.values(totals.orders_by_currency)) orders -= count;
  return orders > 0 ? Math.round(totals.total_spent / orders) : null;
}

function addForeign(
  totals: OrderTotals,
  currency: string,
  change: { spent: number; orders: number },
): void {
  const spent = totals.spent_by_currency;
  const known = Object.hasOwn(spent, currency) ? spent[currency] : undefined;
  const orders = totals.orders_by_currency;
  // The count is kept for all, so that the average stays that of the shop's currency.
  totals.orders_by_currency = { ...orders, [currency]: (orders[currency] ?? 0) + change.orders };
  if (known === undefined && Object.keys(spent).length >= CURRENCIES_MAX) return;
  totals.spent_by_currency = { ...spent, [currency]: (known ?? 0) + change.spent };
}

/** Totals of two profiles added up, for when no order can be known to both. */
export function addTotals(one: Traits, two: Traits): OrderTotals {
  const orders = sumByKey(one.orders_by_currency, two.orders_by_currency);
  const joined: OrderTotals = {
    orders_count: one.orders_count + two.orders_count,
    total_spent: one.total_spent + two.total_spent,
    spent_by_currency: sumByKey(one.spent_by_currency, two.spent_by_currency),
    orders_by_currency: orders,
    first_order_at: least(one.first_order_at, two.first_order_at),
    last_order_at: most(one.last_order_at, two.last_order_at),
    average_order: null,
  };
  return { ...joined, average_order: averageOf(joined) };
}

function sumByKey(
  one: Record<string, number>,
  two: Record<string, number>,
): Record<string, number> {
  const sums = { ...one };
  for (const [key, value] of Object.entries(two)) sums[key] = (sums[key] ?? 0) + value;
  return sums;
}
