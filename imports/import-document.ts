import type { ImportKind } from '#domain/import/import-map.ts';
import type { RowFault } from '#domain/import/row.ts';
import type { Cleaned, Counts } from '#domain/import/tally.ts';

export const FORMATS = ['csv', 'ndjson', 'parquet', 'google-merchant'] as const;
export type Format = (typeof FORMATS)[number];

/** Whether files of a format are all there is to say of what a shop sells. */
export function isFeed(format: Format): boolean {
  return format === 'google-merchant';
}

/** What becomes of products that a file of products does not name. */
export const MISSING = ['keep', 'archive'] as const;
export type Missing = (typeof MISSING)[number];

export const IMPORT_STATUSES = ['running', 'completed', 'failed'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** How far an import is; what comes before is done and is never done again. */
export interface Checkpoint {
  /**
   * Orders are read row by row first, and gathered from their lines then; what a feed lacks is
   * archived after its rows; `done` needs no file.
   */
  stage: 'rows' | 'orders' | 'missing' | 'done';
  /** The last row that was read. */
  row: number;
  /** The last order that was gathered. */
  orderId: string | null;
}

/** One import: the document in `imports`. Instants are epoch ms. */
export interface StoredImport extends Counts, Checkpoint {
  _id: string;
  as: ImportKind;
  format: Format;
  dryRun: boolean;
  status: ImportStatus;
  /** Absent: they are kept. */
  missing?: Missing;
  /** Products archived because the file did not name them, or that would be. */
  archived?: number;
  /** The map as JSON text: its names may hold what a field of Mongo may not. */
  map: string | null;
  columns: string[];
  /** Rows of the whole file. */
  total: number;
  /** Bytes of the file as it is kept until the import ends. */
  bytes: number;
  errors: RowFault[];
  cleaned: Cleaned[];
  ignored: string[];
  /** A sentence, where the import ended before its file did. */
  failure: string | null;
  /** Which process works on it, and when it last said so. */
  owner: string | null;
  beatAt: number;
  createdAt: number;
  endedAt: number | null;
  expiresAt: Date;
}
