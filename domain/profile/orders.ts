import type { StoredEvent } from '#domain/event/event.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import {
  currencyCode,
  currencyExponent,
  decimalNumber,
  toMinorUnits,
} from '#domain/profile/money.ts';
import type { Order } from '#domain/profile/profile.ts';

/** Events that change what a customer spent. */
const COMPLETED = 'Order Completed';
const REFUNDED = 'Order Refunded';
const CANCELLED = 'Order Cancelled';

/** An order has a handful of refunds; the oldest ids are forgotten first. */
const ORDER_EVENTS_MAX = 100;
/** More than any order can be worth: "all of it", said before the order itself was seen. */
const WHOLE = Number.MAX_SAFE_INTEGER;

/**
 * The id of the order an event is about: its `order_id`, else the event's own id. Null for events
 * that are about no order.
 */
export function orderIdOf(event: StoredEvent): string | null {
  const { name } = event;
  if (name !== COMPLETED && name !== REFUNDED && name !== CANCELLED) return null;
  const id = event.properties.order_id;
  if (typeof id === 'string' && id.trim() !== '') return id.trim();
  return typeof id === 'number' ? String(id) : event._id;
}

/** The `_id` of an order in its collection. */
export function orderKey(profileId: string, orderId: string): string {
  return `${profileId}|${orderId}`;
}

/**
 * The order after an event about it. `known` is what is stored under `orderIdOf(event)`, if
 * anything. Counting twice is impossible: a second completion or a repeated event changes nothing,
 * and then the very same object comes back. A refund may come before its order.
 */
export function applyToOrder(
  known: Order | null,
  event: StoredEvent,
  { profileId, shopCurrency }: { profileId: string; shopCurrency: string },
): Order | null {
  const orderId = orderIdOf(event);
  if (orderId === null || known?.eventIds.includes(event._id) === true) return known;
  const currency = currencyCode(event.properties.currency);
  if (event.name === COMPLETED) {
    return known?.completed === true
      ? known
      : completed(known, event, { profileId, orderId, currency: currency ?? shopCurrency });
  }
  return refunded(known, event, {
    profileId,
    orderId,
    currency: currency ?? known?.currency ?? shopCurrency,
  });
}

/** What an order is worth now: minor units of its currency, less refunds, never below zero. */
export function netOf(order: Order | null): number {
  return order?.completed === true ? order.revenue - Math.min(order.refunded, order.revenue) : 0;
}

interface Place {
  profileId: string;
  orderId: string;
  currency: string;
}

function completed(
  known: Order | null,
  event: StoredEvent,
  { profileId, orderId, currency }: Place,
): Order {
  return {
    _id: orderKey(profileId, orderId),
    profileId,
    orderId,
    revenue: Math.max(0, amountOf(event.properties, ['revenue', 'total'], currency) ?? 0),
    refunded: known === null ? 0 : rescale(known.refunded, known.currency, currency),
    currency,
    at: event.occurredAt,
    eventIds: withEvent(known, event),
    completed: true,
  };
}

function refunded(
  known: Order | null,
  event: StoredEvent,
  { profileId, orderId, currency }: Place,
): Order {
  const before = known ?? {
    _id: orderKey(profileId, orderId),
    profileId,
    orderId,
    revenue: 0,
    refunded: 0,
    currency,
    at: event.occurredAt,
    eventIds: [],
    completed: false,
  };
  const said =
    event.name === CANCELLED
      ? null
      : amountOf(event.properties, ['total', 'revenue', 'value'], before.currency);
  const amount = said === null ? WHOLE : Math.abs(said);
  return {
    ...before,
    refunded: Math.min(before.refunded + amount, WHOLE),
    eventIds: withEvent(known, event),
  };
}

function withEvent(known: Order | null, event: StoredEvent): string[] {
  return [...(known?.eventIds ?? []), event._id].slice(-ORDER_EVENTS_MAX);
}

/** A refund that said no currency was read in the shop's; its decimals may be others. */
function rescale(minor: number, from: string, to: string): number {
  const shift = currencyExponent(to) - currencyExponent(from);
  return minor === WHOLE || shift === 0 ? minor : Math.round(minor * 10 ** shift);
}

/**
 * The first of these properties that is an amount, else the worth of the product lines; minor
 * units. Null when neither is said. Lines without a price are worth nothing, for nobody knows.
 */
function amountOf(
  properties: JsonObject,
  names: readonly string[],
  currency: string,
): number | null {
  for (const name of names) {
    const minor = toMinorUnits(properties[name], currency);
    if (minor !== null) return minor;
  }
  const { products } = properties;
  if (!Array.isArray(products) || products.length === 0) return null;
  return products.reduce<number>((sum, line) => sum + lineWorth(line, currency), 0);
}

function lineWorth(line: Json, currency: string): number {
  if (!isJsonObject(line)) return 0;
  const price = toMinorUnits(line.price, currency) ?? 0;
  return Math.round(price * (decimalNumber(line.quantity) ?? 1));
}

/**
 * Orders of two profiles of one person as orders of `keepId`, each order once: where both knew of
 * one, the completed (else the first) stands, with the refunds of both counted.
 */
export function joinOrders(keepId: string, orders: readonly Order[]): Order[] {
  const joined = new Map<string, Order>();
  for (const order of orders) {
    const moved = { ...order, _id: orderKey(keepId, order.orderId), profileId: keepId };
    const known = joined.get(moved._id);
    joined.set(moved._id, known === undefined ? moved : joinTwo(known, moved));
  }
  return [...joined.values()];
}

function joinTwo(one: Order, two: Order): Order {
  const [base, more] = one.completed || !two.completed ? [one, two] : [two, one];
  const news = more.eventIds.some((id) => !base.eventIds.includes(id));
  const refunds = news ? rescale(more.refunded, more.currency, base.currency) : 0;
  return {
    ...base,
    refunded: Math.min(base.refunded + refunds, WHOLE),
    eventIds: [...new Set([...base.eventIds, ...more.eventIds])].slice(-ORDER_EVENTS_MAX),
  };
}
