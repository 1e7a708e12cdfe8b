import { z } from 'zod';
import { invalid } from '#domain/errors.ts';
import { ImportMap, ROW_KINDS, Skip } from '#domain/import/import-map.ts';
import { explainIssues } from '#domain/journey/explain-issue.ts';
import { isJsonObject } from '#domain/json.ts';
import { Duration } from '#domain/time/duration.ts';
import { Schedule } from './schedule.ts';

export const SOURCE_KINDS = [
  'postgresql',
  'mongodb',
  'google-sheets',
  'bigquery',
  'firestore',
] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Journeys' keys and these stand in the same places: addresses and ids of workflows. */
export const SourceKey = z
  .string()
  .max(64, 'A key may have at most 64 characters.')
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
    error: 'A key is small letters, digits and single dashes, such as shop-customers.',
  });

/** Longer texts are no names of tables and columns. */
const NAME_LENGTH_MAX = 300;
/** A query that long is a program. */
const QUERY_LENGTH_MAX = 20_000;
/** A filter of a collection, as JSON. */
const FILTER_LENGTH_MAX = 20_000;
/** Bytes BigQuery may bill for one query where nothing else is said: some cents. */
const BYTES_BILLED_DEFAULT = 10 * 1024 ** 3;
const BYTES_BILLED_MAX = 10 * 1024 ** 4;
/** Numbers that rows may come late by. */
const LOOK_BACK_NUMBER_MAX = 1_000_000_000;

const Name = z.string().min(1).max(NAME_LENGTH_MAX);

const Connection = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,62}$/, {
    error:
      'Name the connection in capital letters, digits and _: SHOP stands for the environment variable KAIROS_SOURCE_SHOP.',
  })
  .describe(
    'SHOP stands for the environment variable KAIROS_SOURCE_SHOP of the API and the worker.',
  );

const LookBack = z
  .union([Duration, z.int().min(0).max(LOOK_BACK_NUMBER_MAX)])
  .describe(
    'How much before the last row a pull begins, for rows that were committed late: a duration where the cursor column holds instants (PT5M by default), a number where it holds numbers (1000).',
  );

const cursorColumn = Name.describe(
  'The column that grows with every new or changed row: updated_at, or a number out of a sequence.',
);
const keyColumn = Name.describe(
  'The column that tells rows with the same cursor value apart: the primary key.',
);

const KeyedCursor = z.strictObject({
  column: cursorColumn,
  key: keyColumn,
  lookBack: LookBack.optional(),
});
const DocumentCursor = z.strictObject({ column: cursorColumn, lookBack: LookBack.optional() });

const common = {
  name: z.string().trim().min(1).max(200).optional(),
  connection: Connection,
  as: z.enum(ROW_KINDS),
  map: ImportMap.nullable().optional(),
  schedule: Schedule.nullable()
    .optional()
    .describe('When it is pulled by itself; null: when asked for only.'),
  paused: z.boolean().default(false),
};

const table = Name.optional().describe('A table or view, with its schema where it needs one.');
const query = z
  .string()
  .min(1)
  .max(QUERY_LENGTH_MAX)
  .optional()
  .describe('One SELECT whose rows are taken, where a table does not do.');

const PostgresqlSource = z
  .strictObject({ kind: z.literal('postgresql'), ...common, table, query, cursor: KeyedCursor })
  .refine(isOneOfTwo, { error: 'Say either `table` or `query`.' });

const MongodbSource = z.strictObject({
  kind: z.literal('mongodb'),
  ...common,
  collection: Name,
  filter: z
    .string()
    .max(FILTER_LENGTH_MAX)
    .refine(isJsonText, { error: `Write the filter as JSON in a text, as in '{ "paid": true }'.` })
    .refine((text) => !/"\$(?:where|function|accumulator)"/.test(text), {
      error: 'A filter holds no code: $where, $function and $accumulator cannot stand in it.',
    })
    .optional()
    .describe('Which documents are taken: a filter of MongoDB as extended JSON, in a text.'),
  cursor: KeyedCursor.extend({ key: keyColumn.default('_id') }),
});

const GoogleSheetsSource = z.strictObject({
  kind: z.literal('google-sheets'),
  ...common,
  spreadsheet: z
    .string()
    .regex(/^[\w-]{10,200}$/, { error: 'Write the id out of the spreadsheet’s address.' })
    .optional()
    .describe(
      'The id out of its address; absent: the connection is the address of a published CSV.',
    ),
  range: Name.default('A:ZZ').describe(
    'In A1 notation, its first row the header: `Customers!A:F`.',
  ),
  key: keyColumn
    .optional()
    .describe('The column that says which row is which; absent: the row’s number does.'),
});

const BigquerySource = z
  .strictObject({
    kind: z.literal('bigquery'),
    ...common,
    table: table.describe('`dataset.table`, or `project.dataset.table`.'),
    query,
    cursor: KeyedCursor.optional(),
    preset: z
      .enum(['ga4'])
      .optional()
      .describe('Google Analytics’ own export: only `dataset` is needed then.'),
    dataset: Name.optional(),
    location: z.string().max(50).optional().describe('Where the data is, such as EU.'),
    maxBytesBilled: z
      .int()
      .min(10 * 1024 ** 2)
      .max(BYTES_BILLED_MAX)
      .default(BYTES_BILLED_DEFAULT)
      .describe('A query that would be billed more fails at no cost.'),
  })
  .refine((source) => (source.preset === undefined ? isOneOfTwo(source) : true), {
    error: 'Say either `table` or `query`, or `preset: ga4` with its `dataset`.',
  })
  .refine(({ preset, cursor }) => preset !== undefined || cursor !== undefined, {
    error: 'Say by which `cursor` new rows are known: its column and key.',
    path: ['cursor'],
  })
  .refine(isWholePreset, {
    error: 'With `preset: ga4` say `dataset` and `as: events`, and neither table, query nor map.',
    path: ['preset'],
  });

const FirestoreSource = z.strictObject({
  kind: z.literal('firestore'),
  ...common,
  collection: Name.describe('A collection by its path, such as customers or shops/7/orders.'),
  cursor: DocumentCursor,
});

/** Where rows are pulled from, how they are read and when. */
export const Source = z.discriminatedUnion('kind', [
  PostgresqlSource,
  MongodbSource,
  GoogleSheetsSource,
  BigquerySource,
  FirestoreSource,
]);
export type Source = z.infer<typeof Source>;
export type SourceOf<K extends SourceKind> = Extract<Source, { kind: K }>;

const SCHEMAS = {
  postgresql: PostgresqlSource,
  mongodb: MongodbSource,
  'google-sheets': GoogleSheetsSource,
  bigquery: BigquerySource,
  firestore: FirestoreSource,
} as const satisfies Record<SourceKind, z.ZodType>;

/** Reads a definition. @throws DomainError `invalid` with every fault. */
export function parseSource(input: unknown): Source {
  const kind = isJsonObject(input) ? input.kind : undefined;
  const known = SOURCE_KINDS.find((one) => one === kind);
  if (known === undefined) {
    const detail = `"kind" must be one of ${SOURCE_KINDS.join(', ')}.`;
    throw invalid('The source is not right.', [{ pointer: '#/kind', detail }]);
  }
  const schema: z.ZodType<Source> = SCHEMAS[known];
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const named = SCHEMAS[known].shape;
  const words = [
    ...Object.keys(named),
    ...Object.keys(ImportMap.shape),
    ...Object.keys(Skip.shape),
  ];
  const fields = [...words, 'column', 'key', 'lookBack', 'every', 'cron', 'zone'];
  const faults = explainIssues(parsed.error.issues, { value: input, pointer: '#', fields });
  throw invalid('The source is not right.', faults);
}

/**
 * Reads a definition that is to be stored: as `parseSource`, and a sheet of customers or consents
 * says which row is which, or when each was said. By its number a row would be news whenever another
 * is put above it, and a consent withdrawn since would be given again.
 * @throws DomainError `invalid` with every fault.
 */
export function parseNewSource(input: unknown): Source {
  const source = parseSource(input);
  if (source.kind !== 'google-sheets') return source;
  const isState = source.as === 'profiles' || source.as === 'consents';
  if (!isState || source.key !== undefined || source.map?.at !== undefined) return source;
  const detail =
    'Say in `key` which column tells rows apart, such as the customer’s id, or in `map.at` when a row was said: by its number a row is new whenever the sheet is sorted.';
  throw invalid('The source is not right.', [{ pointer: '#/key', detail }]);
}

/** What says how rows are read and when, not which there are. */
const NOT_ROWS = new Set(['name', 'map', 'schedule', 'paused', 'maxBytesBilled']);

/**
 * What of a source decides which rows it has, and in which order: where it changes, how far the old
 * one was read says nothing of the new one.
 */
export function rowsOf(source: Source): string {
  const cursor = 'cursor' in source ? source.cursor : undefined;
  const { lookBack: _, ...columns } = { lookBack: undefined, ...cursor };
  const rows = Object.entries({ ...source, cursor: columns }).filter(
    ([name]) => !NOT_ROWS.has(name),
  );
  return JSON.stringify(rows.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isOneOfTwo({
  table: one,
  query: other,
}: {
  table?: string | undefined;
  query?: string | undefined;
}): boolean {
  return (one === undefined) !== (other === undefined);
}

interface MaybePreset {
  preset?: 'ga4' | undefined;
  dataset?: string | undefined;
  table?: string | undefined;
  query?: string | undefined;
  map?: unknown;
  as: string;
}

function isWholePreset({
  preset,
  dataset,
  table: one,
  query: other,
  map,
  as,
}: MaybePreset): boolean {
  if (preset === undefined) return dataset === undefined;
  const isAlone = one === undefined && other === undefined && map == null;
  return dataset !== undefined && as === 'events' && isAlone;
}

function isJsonText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
