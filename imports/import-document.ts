import type { ColumnMeaning } from '#domain/import/column-meanings.ts';
import type { EmailForm } from '#domain/import/email-hash.ts';
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

/** Whether an audience is added to the list, or becomes it. */
export const AUDIENCE_MODES = ['add', 'replace'] as const;

/** The list that an audience is for. */
export interface Audience {
  /** Key of a static segment. */
  segment: string;
  mode: (typeof AUDIENCE_MODES)[number];
  emails: EmailForm;
}

/** What an audience came to. */
export interface AudienceCounts {
  /** Hashes of the file, each counted once, and those that somebody's e-mail has; 0 until the end. */
  hashes: number;
  matched: number;
  /** Customers with such an e-mail. */
  people: number;
  /** Customers who came into the list, and who were taken off it; 0 until the end. */
  added: number;
  removed: number;
  /** Customers gone through so far, of about so many; null: that was not looked at yet. */
  looked: number;
  total: number | null;
}

export const IMPORT_STATUSES = ['running', 'completed', 'failed'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** How far an import is; what comes before is done and is never done again. */
export interface Checkpoint {
  /**
   * Orders are read row by row first, and gathered from their lines then; what a feed lacks is
   * archived after its rows; for hashes customers are gone through, and then who else is in the
   * list; `done` needs no file.
   */
  stage: 'rows' | 'orders' | 'missing' | 'people' | 'others' | 'done';
  /** The last row that was read. */
  row: number;
  /** The last order that was gathered. */
  orderId: string | null;
  /** The last customer that was looked at. */
  profileId?: string | null;
}

/** What a dry run found out that an import would do. */
export interface Would {
  /** Customers not known so far, and known ones that the file speaks of. */
  newProfiles: number;
  knownProfiles: number;
  /** Profiles that would be merged into others, for the file says that they are one person. */
  mergedProfiles: number;
  /** Addresses that belong to other customers: listed for a human to look at. */
  conflicts: number;
  newEvents: number;
  /** Events that are in already: they would change nothing. */
  knownEvents: number;
  productsCreated: number;
  productsChanged: number;
}

export const NOTHING: Would = {
  newProfiles: 0,
  knownProfiles: 0,
  mergedProfiles: 0,
  conflicts: 0,
  newEvents: 0,
  knownEvents: 0,
  productsCreated: 0,
  productsChanged: 0,
};

/** One import: the document in `imports`. Instants are epoch ms. */
export interface StoredImport extends Counts, Checkpoint {
  _id: string;
  as: ImportKind;
  format: Format;
  dryRun: boolean;
  status: ImportStatus;
  /** Absent: they are kept. */
  missing?: Missing;
  /** Of an import of hashes. */
  audience?: Audience;
  counts?: AudienceCounts;
  /** Products archived because the file did not name them, or that would be. */
  archived?: number;
  /** Of a dry run; absent of one made by a version that did not look. */
  would?: Would;
  /** The map as JSON text: its names may hold what a field of Mongo may not. */
  map: string | null;
  columns: string[];
  /** What they become; absent of one made by a version that did not say. */
  meanings?: ColumnMeaning[];
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
