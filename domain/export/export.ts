import type { Fault } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';

/** How a table is written. */
export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What can be taken out as a whole; members of a segment are a table beside these. */
export const EXPORT_TABLES = [
  'profiles',
  'consents',
  'events',
  'orders',
  'products',
  'runs',
  'messages',
] as const;
export type ExportTableName = (typeof EXPORT_TABLES)[number];

/** `instant` is epoch ms; `path` a list from the widest to the narrowest; `json` anything at all. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'instant' | 'path' | 'json';

export interface Column {
  name: string;
  type: ColumnType;
}

/** One row by the names of its columns; what is not there is absent. */
export type ExportRow = Record<string, Json | undefined>;

/**
 * Columns that are Kairos' own reckoning begin so: an import leaves them alone, so that what goes
 * out comes in again as it was.
 */
export const OWN_PREFIX = 'kairos_';

/** Whatever has no column of its own, as one object: facts beyond COLUMNS_MAX, and clashing names. */
export const MORE: Column = { name: 'kairos_more', type: 'json' };

/**
 * Facts of people (or products) that get a column: an import reads 1,000 columns, and some are taken
 * by Kairos' own. The commonest get one, the others stand in MORE.
 */
export const FACT_COLUMNS_MAX = 900;

export function isOwnColumn(name: string): boolean {
  return name.startsWith(OWN_PREFIX);
}

/** What is wrong with a span of time that somebody asks for (epoch ms); null: nothing. */
export function spanFault(since: number | null, until: number | null): Fault | null {
  if (since === null || until === null || since < until) return null;
  const detail = 'This is not after since, so there would be nothing: swap them, or leave one out.';
  return { pointer: '#/until', detail };
}
