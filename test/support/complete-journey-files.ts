import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer';
import { FILES } from '#bench/complete-journey/sum-up.ts';
import { linesOf } from '#cli/demo-shop/cut.ts';
import { readCut } from '#cli/demo-shop/read-cut.ts';

export const CUT_HOUSEHOLDS = 6;
/** Ids of the cut are moved so far, away from those of other tests. */
const APART = 900_000;

/** Households of the demo shop as the files of Complete Journey, their lines in no order of orders. */
export async function writeCut(folder: string): Promise<void> {
  const { households, products } = await readCut();
  const some = households.slice(0, CUT_HOUSEHOLDS);
  const lines = some.flatMap(({ id, baskets }) =>
    baskets.flatMap((basket) => {
      const [order, seconds, store] = basket;
      return linesOf(basket).map((line) => ({ id, order, seconds, store, ...line }));
    }),
  );
  lines.sort((one, two) => one.product - two.product);
  const table = (name: string, columnData: ColumnSource[]): Promise<void> =>
    writeFile(path.join(folder, name), new Uint8Array(parquetWriteBuffer({ columnData })));

  const line = columnsOf(lines);
  await table(FILES.orders, [
    line.int('household_id', ({ id }) => id + APART),
    line.int('store_id', ({ store }) => store),
    line.int('basket_id', ({ order }) => order),
    line.int('product_id', ({ product }) => products[product]?.id ?? 0),
    line.int('quantity', ({ quantity }) => quantity),
    { name: 'sales_value', type: 'DOUBLE', data: lines.map(({ cents }) => cents / 100) },
    {
      ...{ name: 'transaction_timestamp', type: 'TIMESTAMP' },
      data: lines.map(({ seconds }) => new Date(seconds * 1_000)),
    },
  ]);

  const places = [...new Set(lines.map(({ product }) => product))];
  const product = columnsOf(places.flatMap((at) => products[at] ?? []));
  await table(FILES.products, [
    product.int('product_id', ({ id }) => id),
    product.int('manufacturer_id', () => 2),
    product.words('department', ({ department }) => department),
    product.words('brand', ({ brand }) => brand),
    product.words('product_category', ({ category }) => category),
    product.words('product_type', ({ type }) => type),
    product.words('package_size', ({ size }) => size),
  ]);

  const told = some.flatMap(({ id, demographics }) =>
    demographics === null ? [] : [{ id, ...demographics }],
  );
  const names = [
    ...['age', 'income', 'home_ownership', 'marital_status'],
    ...['household_size', 'household_comp', 'kids_count'],
  ] as (keyof Omit<(typeof told)[number], 'id'>)[];
  const household = columnsOf(told);
  await table(FILES.households, [
    household.int('household_id', ({ id }) => id + APART),
    ...names.map((name) => household.words(name, (one) => one[name])),
  ]);
}

/** What makes columns of some rows, by name and by what of a row stands in it. */
function columnsOf<Row>(rows: readonly Row[]) {
  return {
    int: (name: string, of: (row: Row) => number): ColumnSource => ({
      ...{ name, type: 'INT64' },
      data: rows.map((row) => BigInt(of(row))),
    }),
    words: (name: string, of: (row: Row) => string | null): ColumnSource => ({
      ...{ name, type: 'STRING' },
      data: rows.map(of),
    }),
  };
}
