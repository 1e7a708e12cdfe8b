import type { JsonObject } from '#domain/json.ts';
import { currencyCode, currencyExponent, toMajorUnits } from '#domain/profile/money.ts';
import { fault, type CellReader, type Who } from './cell-reader.ts';
import {
  add,
  decimalToMinor,
  decimalToNumber,
  multiply,
  ONE,
  parseDecimal,
  ZERO,
  type Decimal,
} from './decimal.ts';
import type { Field } from './import-plan.ts';
import { ids, iso, neededInstant, withTraits } from './row-calls.ts';
import { CellFault, type RowFault } from './row.ts';

/** Lines of one order; a wholesaler's longest have some thousand. */
export const ORDER_LINES_MAX = 5_000;

/** One row of an orders file: a line, and what it says of its order. Plain data, to be staged. */
export interface OrderLine {
  orderId: string;
  row: number;
  /** Of a row of a database: one that was changed while the table was read comes twice. */
  key?: string;
  who: Who;
  /** Epoch ms. */
  at: number;
  /** What was bought, as Segment's e-commerce spec has it, its price in major units. */
  item: JsonObject;
  /** What the line is worth in major units, a plain exact decimal; null: the order says it. */
  worth: string | null;
  /** The worth stood there as the total of the line. */
  isTotal?: true;
  /** What the order is worth, where the file says so and not what its lines are. */
  revenue: string | null;
  currency: string;
  attributes: JsonObject;
  properties: JsonObject;
}

/** Ids that are sorted and stored; longer ones are mistakes. */
const ORDER_ID_LENGTH_MAX = 255;

/** Reads one line of an order. */
export function orderLine(cells: CellReader): OrderLine {
  const { plan } = cells;
  const orderId = cells.needed('order_id');
  if (orderId.length > ORDER_ID_LENGTH_MAX || /\p{Cc}/u.test(orderId)) {
    throw fault(plan.fields.order_id, 'is too long for an id, or has a control character');
  }
  const worth = worthOf(cells);
  const { price: _, quantity: __, total: ___, ...rest } = plan.line;
  return {
    orderId,
    row: cells.row.number,
    ...(cells.row.origin === undefined ? {} : { key: cells.row.origin.key }),
    who: cells.who(),
    at: neededInstant(cells),
    item: { ...itemIn(cells, rest), ...worth.item },
    worth: worth.line === null ? null : plainText(worth.line),
    ...(worth.isTotal === true ? { isTotal: true } : {}),
    revenue: worth.order === null ? null : plainText(worth.order),
    currency: currencyIn(cells, worth.currency),
    attributes: cells.named(plan.attributes),
    properties: cells.named(plan.properties),
  };
}

/** What a row says of money: of its line or of its whole order, in major units. */
interface Worth {
  line: Decimal | null;
  order: Decimal | null;
  /** A currency that stands beside an amount. */
  currency: string | null;
  /** `quantity` and `price` as the item has them. */
  item: JsonObject;
  isTotal?: true;
}

/** A price counts before the total of the line, and both before the revenue of the order. */
function worthOf(cells: CellReader): Worth {
  const { price, quantity, total } = cells.plan.line;
  const count = cells.amount(quantity)?.value;
  const counted = count === undefined ? {} : { quantity: decimalToNumber(count) };
  const each = cells.amount(price);
  if (each !== null) {
    const item = { ...counted, price: decimalToNumber(each.value) };
    const line = multiply(each.value, count ?? ONE);
    return { line, order: null, currency: each.currency, item };
  }
  const whole = price === undefined ? cells.amount(total) : null;
  if (whole !== null) {
    const item = { ...counted, ...priceOf(whole.value, count) };
    return { line: whole.value, order: null, currency: whole.currency, item, isTotal: true };
  }
  const named = price ?? total;
  const { revenue } = cells.plan.fields;
  const order = named === undefined ? cells.amount(revenue) : null;
  if (order === null) throw fault(named ?? revenue, 'is empty');
  return { line: null, order: order.value, currency: order.currency, item: counted };
}

function itemIn(cells: CellReader, fields: Readonly<Record<string, Field>>): JsonObject {
  const item = cells.named(fields);
  // A product is known by a word, also where all ids of a shop happen to be numbers.
  if (typeof item.product_id === 'number') item.product_id = String(item.product_id);
  return item;
}

/** The price of one, of a line of which the whole is known, as near as four decimals say. */
function priceOf(whole: Decimal, count: Decimal | undefined): JsonObject {
  const quantity = count === undefined ? 1 : decimalToNumber(count);
  if (quantity === 0) return {};
  return { price: Math.round((decimalToNumber(whole) / quantity) * 10_000) / 10_000 };
}

function currencyIn(cells: CellReader, written: string | null): string {
  const { fields, currency } = cells.plan;
  const said = cells.text(fields.currency);
  if (said === null) return written ?? currency;
  const code = currencyCode(said);
  if (code === null) throw fault(fields.currency, 'is no ISO 4217 code, such as EUR');
  return code;
}

function plainText({ units, scale }: Decimal): string {
  const sign = units < 0n ? '-' : '';
  const text = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${text.slice(text.length - scale)}`;
}

export type GatheredOrder = { call: JsonObject } | { faults: RowFault[] };

/**
 * One `Order Completed` out of all its lines, in the order of the file: worth the exact sum of
 * quantity × price, rounded once to the currency's minor unit; it happened when its first line did.
 * Lines that contradict one another (two customers, two currencies) take the whole order out.
 */
export function gatherOrder(
  lines: readonly OrderLine[],
  hash: (text: string) => string,
): GatheredOrder {
  const latest = withoutOlder(lines);
  const [first] = latest;
  if (first === undefined) return { faults: [] };
  try {
    return { call: callOf(first, latest, hash) };
  } catch (error) {
    if (!(error instanceof CellFault)) throw error;
    const { column, message: detail } = error;
    return { faults: lines.map(({ row }) => ({ row, column, detail })) };
  }
}

/** Of lines that are one row of a database, the one that was read last. */
export function withoutOlder(lines: readonly OrderLine[]): readonly OrderLine[] {
  const last = new Map<string, OrderLine>();
  for (const line of lines) if (line.key !== undefined) last.set(line.key, line);
  return lines.filter((line) => line.key === undefined || last.get(line.key) === line);
}

function callOf(
  first: OrderLine,
  lines: readonly OrderLine[],
  hash: (text: string) => string,
): JsonObject {
  const whose = personKey(first.who);
  if (lines.some(({ who }) => personKey(who) !== whose)) {
    throw new CellFault(null, 'The lines of this order name more than one customer.');
  }
  if (lines.some(({ currency }) => currency !== first.currency)) {
    throw new CellFault(null, 'The lines of this order are in more than one currency.');
  }
  const merged: JsonObject = {};
  const traits: JsonObject = {};
  for (const { properties, attributes, who } of lines) {
    Object.assign(merged, properties);
    Object.assign(traits, who.traits, attributes);
  }
  const at = lines.reduce((earliest, line) => Math.min(earliest, line.at), first.at);
  return {
    type: 'track',
    messageId: `import:order:${hash(`${whose}|${first.orderId}`)}`,
    ...ids(first.who),
    event: 'Order Completed',
    timestamp: iso(at),
    properties: {
      ...merged,
      order_id: first.orderId,
      revenue: revenueOf(first, lines),
      currency: first.currency,
      products: lines.flatMap(({ item }) => (Object.keys(item).length > 0 ? [item] : [])),
    },
    ...withTraits(traits),
  };
}

function personKey({ userId, anonymousId }: Who): string {
  return userId === undefined ? `anonymous:${anonymousId ?? ''}` : `external:${userId}`;
}

/** In major units, exact to the minor unit. */
function revenueOf(first: OrderLine, lines: readonly OrderLine[]): number {
  const { currency } = first;
  const sum =
    first.worth === null
      ? parseDecimal(first.revenue ?? '0')
      : lines.reduce((total, { worth }) => add(total, parseDecimal(worth ?? '0') ?? ZERO), ZERO);
  const minor = sum === null ? null : decimalToMinor(sum, currency);
  if (minor === null)
    throw new CellFault(null, 'The order is worth more than can be reckoned with.');
  if (minor < 0) {
    throw new CellFault(
      null,
      'The lines of this order sum up to less than nothing; `skip` leaves returns out.',
    );
  }
  return Number(toMajorUnits(minor, currency).toFixed(currencyExponent(currency)));
}
