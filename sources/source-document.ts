import type { RowKind } from '#domain/import/import-map.ts';
import type { RowFault } from '#domain/import/row.ts';
import type { Cleaned, Counts } from '#domain/import/tally.ts';
import type { Place } from '#domain/source/place.ts';

/** One source: the document in `sources`. Instants are epoch ms. */
export interface StoredSource {
  /** Its key. */
  _id: string;
  /** As JSON text: the names of its map may hold what a field of Mongo may not. No secret is in it. */
  definition: string;
  /** Grows with each change, and with each wish to read all anew. */
  revision: number;
  /** The revision that Temporal's schedule was last made equal to; 0: none. */
  scheduled: number;
  /** Its schedule is still to be removed, then this document. */
  removed?: true;
  /** Grows where the rows it has are others than before, or are all to be read anew. */
  generation: number;
  /** How far it was read; null: from the beginning. */
  place: Place | null;
  /** When the pull ended that read so far. */
  reachedAt: number;
  lastSuccessAt: number | null;
  /** Pulls that failed since the last that did not. */
  failures: number;
  /** Why the last one failed, in a sentence. */
  failure: string | null;
  createdAt: number;
  updatedAt: number;
}

export const PULL_STATUSES = ['running', 'completed', 'failed', 'stopped'] as const;
export type PullStatus = (typeof PULL_STATUSES)[number];

/** A row that was not taken. */
export interface PullFault extends RowFault {
  /** Of its key column, where that is an id and nothing that could be an address. */
  key: string | null;
}

/** How far a pull is; what comes before is done. */
export interface PullPlace {
  /** Orders are read row by row first, and gathered from their lines then. */
  stage: 'rows' | 'orders' | 'done';
  place: Place | null;
  /** The last order that was gathered. */
  orderId: string | null;
}

/** One pull: the document in `pulls`, its id that of the workflow's run. */
export interface StoredPull extends Counts, PullPlace {
  _id: string;
  source: string;
  as: RowKind;
  status: PullStatus;
  revision: number;
  generation: number;
  /** Which try of it may write. */
  attempt: number;
  /** Where the source stood when it began, and when it had come there. */
  from: Place | null;
  reachedAt: number;
  errors: PullFault[];
  cleaned: Cleaned[];
  ignored: string[];
  /** Why it ended before its rows did, or why its last try failed. */
  failure: string | null;
  startedAt: number;
  endedAt: number | null;
  expiresAt: Date;
}
