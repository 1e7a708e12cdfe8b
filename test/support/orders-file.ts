import type { WholeKairos } from './whole-kairos.ts';

const MAP = {
  order_id: 'Basket',
  external_id: 'Household',
  at: { column: 'Paid', format: 'dd.MM.yyyy HH:mm', zone: 'UTC' },
  line: { product_id: 'Product', quantity: 'Pieces', price: 'Each' },
  currency: 'USD',
  skip: [{ column: 'Pieces', lte: 0 }],
};
const STRIDE = 389;

/** What a household's orders add up to. */
export interface Sum {
  orders: Set<string>;
  cents: number;
  first: number;
  last: number;
}

/** A file of orders, how it is to be read, and what is true of it. */
export interface OrdersFile {
  text: string;
  map: object;
  rows: number;
  returns: number;
  /** By household. */
  sums: Map<string, Sum>;
}

/** Order lines of twenty households in no order at all, a fifth of the baskets with a return. */
export function ordersFile(baskets: number): OrdersFile {
  const sums = new Map<string, Sum>();
  const lines: string[] = [];
  for (let basket = 0; basket < baskets; basket += 1) {
    const household = String(basket % 20);
    const at = Date.UTC(2026, 0, 1 + (basket % 90), basket % 24, basket % 60);
    const sum = sums.get(household) ?? { orders: new Set(), cents: 0, first: at, last: at };
    sum.orders.add(String(basket));
    sum.first = Math.min(sum.first, at);
    sum.last = Math.max(sum.last, at);
    const [day = '', time = ''] = new Date(at).toISOString().split('T');
    const paid = `${day.split('-').reverse().join('.')} ${time.slice(0, 5)}`;
    for (let line = 0; line < 5 + (basket % 7); line += 1) {
      const cents = ((basket * 37 + line * 101) % 900) + 5;
      const pieces = (line % 4) + 1;
      sum.cents += cents * pieces;
      const each = (cents / 100).toFixed(2);
      lines.push(
        `${String(basket)},${household},${paid},P${String(line)},${String(pieces)},${each}`,
      );
    }
    if (basket % 5 === 0) lines.push(`${String(basket)},${household},${paid},P0,-1,3.00`);
    sums.set(household, sum);
  }
  // A fixed stride over a count it has no divisor with visits every line once, neighbours far apart.
  const shuffled = lines.map((_, at) => lines[(at * STRIDE) % lines.length] ?? '');
  if (new Set(shuffled).size !== new Set(lines).size) throw new Error('choose another stride');
  const text = `Basket,Household,Paid,Product,Pieces,Each\n${shuffled.join('\n')}\n`;
  return { text, map: MAP, rows: lines.length, returns: Math.ceil(baskets / 5), sums };
}

/** What profiles show of the households of a file, to hold against `expectedOf`. */
export async function shownOf(
  kairos: WholeKairos,
  { sums }: OrdersFile,
): Promise<Record<string, object>> {
  const shown: Record<string, object> = {};
  for (const household of sums.keys()) {
    const { traits } = await kairos.call<{ traits: Record<string, unknown> }>(
      'GET',
      `/v1/profiles/external:${household}`,
    );
    const { orders_count, total_spent, first_order_at, last_order_at } = traits;
    shown[household] = { orders_count, total_spent, first_order_at, last_order_at };
  }
  return shown;
}

/** The same by adding up the file directly. */
export function expectedOf({ sums }: OrdersFile): Record<string, object> {
  return Object.fromEntries(
    [...sums].map(([household, { orders, cents, first, last }]) => [
      household,
      {
        orders_count: orders.size,
        total_spent: cents / 100,
        first_order_at: new Date(first).toISOString(),
        last_order_at: new Date(last).toISOString(),
      },
    ]),
  );
}
