import { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import { languageTag } from '#domain/profile/attributes.ts';
import { currencyCode, toMinorUnits } from '#domain/profile/money.ts';
import {
  ATTRIBUTES_MAX,
  AVAILABILITIES,
  LANGUAGES_MAX,
  PRODUCT_ID_MAX,
  type ProductSaid,
} from '#domain/product/product.ts';
import { faultsOf } from './route.ts';

/** Longer names are descriptions. */
const NAME_MAX = 1_000;
/** Google Merchant's own limit is 5,000; shops with HTML in it have more. */
const DESCRIPTION_MAX = 50_000;
/** What browsers and mail programs follow. */
const URL_MAX = 4_000;
/** Categories of one product; a path has about six. */
const CATEGORIES_MAX = 50;
const WORD_MAX = 300;
/** Pieces, or an amount in major units; beyond it is a slip of the pen. */
const NUMBER_MAX = 1e12;
/** All attributes of one product as JSON: a page of it in a list stays under a few MB. */
const ATTRIBUTES_CHARS_MAX = 50_000;
/** Products of one batch; what is more comes as a file. */
export const BATCH_MAX = 500;

const CONTROL = /\p{Cc}/u;

export const ProductId = z
  .string()
  .min(1)
  .max(PRODUCT_ID_MAX)
  .refine((id) => !CONTROL.test(id), 'An id has no control characters.')
  .describe('The shop’s own id, as events say it in `product_id`.');

const amount = z.number().min(0).max(NUMBER_MAX);
const instant = z.iso.datetime({
  offset: true,
  error: 'Write an ISO 8601 instant with its offset.',
});
const word = z.string().trim().min(1).max(WORD_MAX);

const texts = {
  name: z.string().trim().min(1).max(NAME_MAX).nullable().optional(),
  description: z.string().max(DESCRIPTION_MAX).nullable().optional(),
  url: z.string().trim().min(1).max(URL_MAX).nullable().optional(),
};

const facts = {
  price: amount.nullable().optional().describe('In major units of the currency.'),
  currency: z
    .string()
    .refine((code) => currencyCode(code) !== null, 'Write an ISO 4217 code, such as EUR.')
    .optional()
    .describe('By default the one it has, else the shop’s.'),
  salePrice: amount.nullable().optional().describe('What it costs in a sale.'),
  saleFrom: instant.nullable().optional(),
  saleUntil: instant.nullable().optional(),
  stock: z.number().min(-NUMBER_MAX).max(NUMBER_MAX).nullable().optional(),
  availability: z
    .enum(AVAILABILITIES)
    .nullable()
    .optional()
    .describe('By default it follows from the stock; of the two the last word counts.'),
  lowStock: amount.nullable().optional().describe('So few pieces are few; by default 5.'),
  categories: z.array(word).max(CATEGORIES_MAX).nullable().optional().describe('Widest first.'),
  brand: word.nullable().optional(),
  image: z.string().trim().min(1).max(URL_MAX).nullable().optional(),
};

const attributes = z
  .record(
    z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^.]*$/, 'A dot would make it unreachable by its name.'),
    z.unknown(),
  )
  .refine((all) => Object.keys(all).length <= ATTRIBUTES_MAX, {
    error: `At most ${String(ATTRIBUTES_MAX)} attributes.`,
  })
  .refine((all) => JSON.stringify(all).length <= ATTRIBUTES_CHARS_MAX, {
    error: `All attributes together have at most ${String(ATTRIBUTES_CHARS_MAX)} characters.`,
  });

const languages = z
  .record(
    z.string().refine((tag) => languageTag(tag) !== null, 'Write a BCP 47 tag, such as pt-BR.'),
    z.strictObject(texts).nullable(),
  )
  .refine((all) => Object.keys(all).length <= LANGUAGES_MAX, {
    error: `At most ${String(LANGUAGES_MAX)} languages.`,
  });

/** What the API is told of a product; null takes a value away. */
export const ProductBody = z
  .strictObject({
    ...texts,
    ...facts,
    attributes: attributes.optional(),
    languages: languages.optional().describe('Texts by BCP 47 tag.'),
    archived: z.boolean().optional().describe('Whether it is sold no longer.'),
  })
  .superRefine(({ price, currency, saleFrom, saleUntil }, ctx) => {
    if (currency !== undefined && price == null) {
      const message = 'Say the price together with its currency.';
      ctx.addIssue({ code: 'custom', path: ['currency'], message });
    }
    const isBackwards =
      saleFrom != null && saleUntil != null && Date.parse(saleUntil) <= Date.parse(saleFrom);
    if (isBackwards) {
      ctx.addIssue({
        code: 'custom',
        path: ['saleUntil'],
        message: 'The sale ends before it begins.',
      });
    }
  });
export type ProductBody = z.infer<typeof ProductBody>;

/** What a body says. `currency` is that of its amounts where it names none, ISO 4217. */
export function saidOf(id: string, body: ProductBody, currency: string): ProductSaid {
  const { name, description, url, price, salePrice, saleFrom, saleUntil, ...rest } = body;
  const { attributes: named, languages: tagged, archived, currency: own, ...plain } = rest;
  const code = currencyCode(own) ?? currency;
  const texts = { name, description, url };
  return {
    id,
    language: null,
    texts: said(texts),
    facts: {
      ...said(plain),
      ...said({
        price: minor(price, code),
        salePrice: minor(salePrice, code),
        saleFrom: epoch(saleFrom),
        saleUntil: epoch(saleUntil),
        currency: price == null ? (price === null ? null : undefined) : code,
      }),
    },
    attributes: (named ?? {}) as JsonObject,
    ...(tagged === undefined ? {} : { languages: byTag(tagged) }),
    ...(archived === undefined ? {} : { isArchived: archived }),
  };
}

function minor(value: number | null | undefined, currency: string): number | null | undefined {
  return value == null ? value : toMinorUnits(value, currency);
}

function epoch(value: string | null | undefined): number | null | undefined {
  return value == null ? value : Date.parse(value);
}

function byTag(
  tagged: NonNullable<ProductBody['languages']>,
): NonNullable<ProductSaid['languages']> {
  const entries = Object.entries(tagged).map(([tag, texts]) => [
    languageTag(tag) ?? tag,
    texts === null ? null : said(texts),
  ]);
  return Object.fromEntries(entries) as NonNullable<ProductSaid['languages']>;
}

/** Without what was not said. */
function said<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** One product of a batch, or why it is none. */
export function readMember(
  input: unknown,
): { id: string; body: ProductBody } | { faults: Fault[] } {
  if (!isJsonObject(input))
    return { faults: [{ pointer: '#', detail: 'A product is an object.' }] };
  const { product_id: given, ...rest } = input;
  const id = ProductId.safeParse(given);
  const body = ProductBody.safeParse(rest);
  if (id.success && body.success) return { id: id.data, body: body.data };
  const detail = `Say which product it is: 1 to ${String(PRODUCT_ID_MAX)} visible characters.`;
  return {
    faults: [
      ...(id.success ? [] : [{ pointer: '#/product_id', detail }]),
      ...(body.success ? [] : faultsOf(ProductBody, rest, body.error.issues)),
    ],
  };
}
