import { existsSync } from 'node:fs';
import path from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { z } from 'zod';

/** The files that are brought in; the folder has others, which nothing is taken from. */
export const FILES = {
  households: 'demographics.parquet',
  products: 'products.parquet',
  orders: 'transactions.parquet',
} as const;

/** Rows decoded at once: some 100 MB as objects. */
const SLICE_ROWS = 200_000;
/** Amounts are dollars in binary fractions; further from a whole cent than this they are no cents. */
const CENT_SLACK = 1e-6;

/** What one household bought. Instants are epoch ms. */
export interface Bought {
  orders: number;
  cents: number;
  first: number;
  last: number;
}

/** What the files say, summed up without Kairos. */
export interface Truth {
  lines: number;
  /** By the household's id. */
  bought: Map<string, Bought>;
  /** Households that are described, by id, with their age band. */
  described: Map<string, string | null>;
  /** Ids of all products. */
  products: Set<string>;
}

const id = z.union([z.number().int(), z.bigint()]).transform(String);

const Line = z.object({
  household_id: id,
  basket_id: id,
  sales_value: z.number(),
  transaction_timestamp: z.date(),
});
type Line = z.infer<typeof Line>;

const Described = z.object({ household_id: id, age: z.string().nullish() });
const Named = z.object({ product_id: id });

/**
 * Sums the files of a folder up. An order is worth the sum of its lines and happened when its first
 * line did. Throws where a file is missing or is not as the source describes it.
 */
export async function sumUp(folder: string): Promise<Truth> {
  const orders = new Map<string, { household: string; cents: number; at: number }>();
  let lines = 0;
  for await (const { household_id: household, basket_id: basket, ...line } of rowsOf(
    path.join(folder, FILES.orders),
    Line,
  )) {
    lines += 1;
    const at = line.transaction_timestamp.getTime();
    const order = orders.get(basket) ?? { household, cents: 0, at };
    if (order.household !== household) throw new Error(`basket ${basket} is of two households`);
    order.cents += centsOf(line);
    order.at = Math.min(order.at, at);
    orders.set(basket, order);
  }
  const described: Truth['described'] = new Map();
  for await (const row of rowsOf(path.join(folder, FILES.households), Described)) {
    described.set(row.household_id, row.age ?? null);
  }
  const products = new Set<string>();
  for await (const row of rowsOf(path.join(folder, FILES.products), Named)) {
    products.add(row.product_id);
  }
  return { lines, bought: byHousehold(orders.values()), described, products };
}

function byHousehold(
  orders: Iterable<{ household: string; cents: number; at: number }>,
): Truth['bought'] {
  const bought: Truth['bought'] = new Map();
  for (const { household, cents, at } of orders) {
    const sum = bought.get(household) ?? { orders: 0, cents: 0, first: at, last: at };
    sum.orders += 1;
    sum.cents += cents;
    sum.first = Math.min(sum.first, at);
    sum.last = Math.max(sum.last, at);
    bought.set(household, sum);
  }
  return bought;
}

function centsOf({ sales_value: value }: Pick<Line, 'sales_value'>): number {
  const cents = Math.round(value * 100);
  if (Math.abs(value * 100 - cents) > CENT_SLACK * Math.max(1, Math.abs(cents))) {
    throw new Error('a line is worth a fraction of a cent');
  }
  return cents;
}

async function* rowsOf<T extends z.ZodObject>(
  name: string,
  row: T,
): AsyncGenerator<z.infer<T>, void> {
  if (!existsSync(name)) throw new Error(`There is no ${path.basename(name)} in the folder.`);
  const file = await asyncBufferFromFile(name);
  const metadata = await parquetMetadataAsync(file);
  const total = Number(metadata.num_rows);
  const columns = Object.keys(row.shape);
  for (let rowStart = 0; rowStart < total; rowStart += SLICE_ROWS) {
    const rowEnd = Math.min(rowStart + SLICE_ROWS, total);
    const wanted = { file, metadata, compressors, columns, rowStart, rowEnd };
    for (const one of await parquetReadObjects(wanted)) yield row.parse(one);
  }
}
