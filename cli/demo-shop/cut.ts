import { z } from 'zod';

/** Where the cut lies, and the most it may weigh in the repository: 3 MB. */
export const CUT_FOLDER = new URL('data/', import.meta.url);
export const CUT_BYTES_MAX = 3_000_000;

/** Each is gzipped NDJSON: one JSON value a line. */
export const CUT_FILES = {
  households: 'households.ndjson.gz',
  products: 'products.ndjson.gz',
  campaigns: 'campaigns.ndjson.gz',
} as const;
export const MANIFEST_FILE = 'manifest.json';

const word = z.string().nullable();

/** A product as the source has it; what the source does not say is null. */
export const Product = z.strictObject({
  id: z.number().int(),
  department: word,
  brand: word,
  category: word,
  type: word,
  size: word,
});
export type Product = z.infer<typeof Product>;

/** `YYYY-MM-DD` of the source's own calendar. */
const day = z.iso.date();

export const Campaign = z.strictObject({
  id: z.number().int(),
  type: z.string(),
  start: day,
  end: day,
});
export type Campaign = z.infer<typeof Campaign>;

const Demographics = z.strictObject({
  age: word,
  income: word,
  home_ownership: word,
  marital_status: word,
  household_size: word,
  household_comp: word,
  kids_count: word,
});

/**
 * A basket: its id, when it was paid (epoch seconds of the source's time), the store, discounts of
 * all kinds (cents), and its lines, three numbers each: place of the product in the list of
 * products, quantity, what the retailer got for the line (cents).
 */
const Basket = z.tuple([
  z.number().int(),
  z.number().int(),
  z.number().int(),
  z.number().int(),
  z.array(z.number().int()),
]);
export type Basket = z.infer<typeof Basket>;

/** One household with its year, oldest basket first. */
export const Household = z.strictObject({
  id: z.number().int(),
  demographics: Demographics.nullable(),
  baskets: z.array(Basket).min(1),
  /** Ids of the campaigns it received. */
  campaigns: z.array(z.number().int()),
  /** Coupons it redeemed: the campaign's id, the coupon's code, the day. */
  redemptions: z.array(z.tuple([z.number().int(), z.number().int(), day])),
});
export type Household = z.infer<typeof Household>;

/** What the cut must be: sizes in bytes, SHA-256 in hex, and totals (money in cents). */
export const Manifest = z.strictObject({
  source: z.string(),
  files: z.record(z.string(), z.strictObject({ bytes: z.number().int(), sha256: z.string() })),
  totals: z.strictObject({
    households: z.number().int(),
    withDemographics: z.number().int(),
    baskets: z.number().int(),
    lines: z.number().int(),
    products: z.number().int(),
    cents: z.number().int(),
    redemptions: z.number().int(),
  }),
});
export type Manifest = z.infer<typeof Manifest>;

/** One line of a basket. */
export interface Line {
  /** Place in the list of products. */
  product: number;
  quantity: number;
  cents: number;
}

export function linesOf([, , , , numbers]: Basket): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at + 2 < numbers.length; at += 3) {
    const [product = 0, quantity = 0, cents = 0] = numbers.slice(at, at + 3);
    lines.push({ product, quantity, cents });
  }
  return lines;
}

/** What the retailer got for a basket, in cents. */
export function centsOf(basket: Basket): number {
  return linesOf(basket).reduce((sum, line) => sum + line.cents, 0);
}
