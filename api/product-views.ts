import { z } from 'zod';
import { availabilityOf, termsOf } from '#domain/product/terms.ts';
import { AVAILABILITIES, type Product, type ProductMoment } from '#domain/product/product.ts';
import { INTEREST_KINDS, type Profile } from '#domain/profile/profile.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import { Instant, iso } from './views.ts';

const Texts = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  url: z.string().optional(),
});

const Availability = z.enum(AVAILABILITIES).nullable();
const Amount = z.number().nullable();

export const ProductView = Texts.extend({
  product_id: z.string(),
  price: Amount.describe('In major units of the currency.'),
  salePrice: Amount,
  saleFrom: Instant.nullable(),
  saleUntil: Instant.nullable(),
  priceNow: Amount.describe('What is to be paid now: the sale’s price while there is one.'),
  currency: z.string().nullable(),
  stock: z.number().nullable(),
  availability: Availability.describe('What the shop says, else what follows from the stock.'),
  lowStock: z.number().nullable(),
  categories: z.array(z.string()),
  brand: z.string().nullable(),
  image: z.string().optional(),
  attributes: z.record(z.string(), z.unknown()),
  languages: z.record(z.string(), Texts),
  archivedAt: Instant.nullable().describe('Since when it is no longer sold.'),
  createdAt: Instant,
  updatedAt: Instant,
});

/** `now` is epoch ms. */
export function viewProduct(product: Product, now: number): z.infer<typeof ProductView> {
  const { _id, currency, categories, attributes, languages, createdAt, updatedAt } = product;
  const { name, description, url, image, price, salePrice, saleFrom, saleUntil } = product;
  const major = (minor: number | null | undefined): number | null =>
    minor == null || currency === undefined ? null : toMajorUnits(minor, currency);
  return {
    product_id: _id,
    ...{ name, description, url },
    price: major(price),
    salePrice: major(salePrice),
    saleFrom: isoOrNull(saleFrom),
    saleUntil: isoOrNull(saleUntil),
    priceNow: major(termsOf(product, now).price),
    currency: currency ?? null,
    stock: product.stock ?? null,
    availability: availabilityOf(product),
    lowStock: product.lowStock ?? null,
    categories: categories ?? [],
    brand: product.brand ?? null,
    ...{ image, attributes, languages },
    archivedAt: isoOrNull(product.archivedAt),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : iso(at);
}

export const MomentView = z.object({
  at: Instant,
  price: Amount,
  salePrice: Amount,
  currency: z.string().nullable(),
  stock: z.number().nullable(),
  availability: Availability,
  archived: z.boolean(),
});

export function viewMoment(moment: ProductMoment): z.infer<typeof MomentView> {
  const { at, price, salePrice, currency, stock, availability, archived } = moment;
  const major = (minor: number | undefined): number | null =>
    minor === undefined || currency === undefined ? null : toMajorUnits(minor, currency);
  return {
    at: iso(at),
    price: major(price),
    salePrice: major(salePrice),
    currency: currency ?? null,
    stock: stock ?? null,
    availability: availability ?? null,
    archived: archived === true,
  };
}

export const InterestView = z.object({
  product_id: z.string(),
  interests: z.array(
    z.object({
      kind: z.enum(INTEREST_KINDS),
      at: Instant.describe('When it was last said.'),
    }),
  ),
});

/** The products a customer is interested in, the latest first. */
export function viewInterests({ interests = [] }: Profile): z.infer<typeof InterestView>[] {
  const latest = (kinds: object): number => Math.max(...Object.values(kinds).map(Number));
  return [...interests]
    .sort((one, two) => latest(two.kinds) - latest(one.kinds))
    .map(({ product, kinds }) => ({
      product_id: product,
      interests: INTEREST_KINDS.flatMap((kind) => {
        const at = kinds[kind];
        return at === undefined ? [] : [{ kind, at: iso(at) }];
      }),
    }));
}
