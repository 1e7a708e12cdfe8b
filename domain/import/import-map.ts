import { z } from 'zod';
import { invalid } from '#domain/errors.ts';
import { explainIssues } from '#domain/journey/explain-issue.ts';
import { isZone } from '#domain/time/zone.ts';
import { compilePattern } from './date-pattern.ts';

/** What rows are that say something themselves, of files and of sources. */
export const ROW_KINDS = ['profiles', 'events', 'orders', 'products', 'consents'] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** What the rows of a file are; those of an audience name people by hashes of their e-mails. */
export const IMPORT_KINDS = [...ROW_KINDS, 'audience'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

/** Rules by which rows are left out; more would be a program and no map. */
const SKIPS_MAX = 50;
/** Attributes, properties or parts of a line that one map may name. */
const NAMES_MAX = 500;
/** Longer names of columns are pieces of data in the wrong place. */
const COLUMN_LENGTH_MAX = 300;

const ColumnName = z.string().min(1).max(COLUMN_LENGTH_MAX);

const Zone = z
  .string()
  .refine(isZone, { error: 'Write an IANA time zone, such as Europe/London.' })
  .describe('The IANA zone of dates that name none.');

const Pattern = z
  .string()
  .min(1)
  .max(100)
  .superRefine((text, ctx) => {
    const compiled = compilePattern(text);
    if ('fault' in compiled) ctx.addIssue({ code: 'custom', message: compiled.fault });
  })
  .describe('A Unicode LDML pattern, such as `dd.MM.yyyy HH:mm`.');

const FromColumn = z.strictObject({
  column: ColumnName,
  type: z
    .enum(['text', 'number', 'boolean', 'date'])
    .optional()
    .describe('By default numbers, true and false are known by their looks.'),
  format: Pattern.optional(),
  zone: Zone.optional(),
});

/** Where a value comes from: a column by its name, a column with a form, or the same for all rows. */
export const Source = z.union([
  ColumnName,
  FromColumn,
  z.strictObject({ value: z.union([z.string().max(1_000), z.number(), z.boolean()]) }),
]);
export type Source = z.infer<typeof Source>;

const scalar = z.union([z.string().max(1_000), z.number(), z.boolean()]);

/** One reason to leave a row out; all that is said of the column must hold. */
export const Skip = z
  .strictObject({
    column: ColumnName,
    empty: z.boolean().optional(),
    is: scalar.optional(),
    isNot: scalar.optional(),
    in: z.array(scalar).min(1).max(1_000).optional(),
    startsWith: z.coerce.string().min(1).optional(),
    endsWith: z.coerce.string().min(1).optional(),
    contains: z.coerce.string().min(1).optional(),
    lt: z.number().optional(),
    lte: z.number().optional(),
    gt: z.number().optional(),
    gte: z.number().optional(),
  })
  .refine((skip) => Object.keys(skip).length > 1, {
    error: 'Say when the row is left out, such as `empty: true` or `startsWith: C`.',
  });
export type Skip = z.infer<typeof Skip>;

const named = z
  .record(z.string().min(1).max(200), Source)
  .refine((sources) => Object.keys(sources).length <= NAMES_MAX, {
    error: `At most ${String(NAMES_MAX)} names can stand here.`,
  });

/** Words that take one column each. */
export const FIELD_WORDS = [
  'external_id',
  'anonymous_id',
  'email',
  'phone',
  'at',
  'event',
  'message_id',
  'order_id',
  'revenue',
  'channel',
  'granted',
  'source',
  'text',
  'text_version',
  'product_id',
  'name',
  'description',
  'price',
  'sale_price',
  'sale_dates',
  'stock',
  'low_stock',
  'availability',
  'categories',
  'brand',
  'url',
  'image',
  'language',
  'email_sha256',
] as const;

const field = Source.optional();
const fields = {
  external_id: field,
  anonymous_id: field,
  email: field,
  phone: field,
  at: field,
  event: field,
  message_id: field,
  order_id: field,
  revenue: field,
  channel: field,
  granted: field,
  source: field,
  text: field,
  text_version: field,
  product_id: field,
  name: field,
  description: field,
  price: field,
  sale_price: field,
  sale_dates: field,
  stock: field,
  low_stock: field,
  availability: field,
  categories: field,
  brand: field,
  url: field,
  image: field,
  language: field,
  email_sha256: field,
} satisfies Record<(typeof FIELD_WORDS)[number], z.ZodType>;

/** Which column of a file means what. Everything is optional: canonical names need no map. */
export const ImportMap = z
  .strictObject({
    ...fields,
    line: named.optional().describe('Parts of an order’s line: product_id, quantity, price …'),
    attributes: named.optional().describe('Attributes of the customer.'),
    properties: named.optional().describe('Properties of the event or order.'),
    currency: z
      .union([
        z.string().regex(/^[A-Z]{3}$/, { error: 'Write an ISO 4217 code, such as GBP.' }),
        z.strictObject({ column: ColumnName }),
      ])
      .optional(),
    decimal: z
      .enum(['.', ','])
      .optional()
      .describe('What stands before the decimals, where amounts leave it open.'),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, { error: 'Write an ISO 3166 code, such as UA.' })
      .optional()
      .describe('Of phone numbers without a country code.'),
    zone: Zone.optional(),
    skip: z.array(Skip).max(SKIPS_MAX).optional(),
  })
  .meta({ description: 'Which column of a file means what.' });
export type ImportMap = z.infer<typeof ImportMap>;

/** Reads a map. @throws DomainError `invalid` with every fault, unknown words with what was meant. */
export function parseImportMap(input: unknown): ImportMap {
  const parsed = ImportMap.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields = [...Object.keys(ImportMap.shape), ...Object.keys(Skip.shape)];
  throw invalid(
    'The map is not right.',
    explainIssues(parsed.error.issues, { value: input, pointer: '#/map', fields }),
  );
}
