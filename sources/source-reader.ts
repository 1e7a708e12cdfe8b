import type { Json } from '#domain/json.ts';
import type { Back, Place } from '#domain/source/place.ts';

/** One row as it was read. */
export interface SourceRow {
  cells: readonly Json[];
  /** Where reading goes on after it. */
  place: Place;
  /** Why it cannot be taken, whatever its cells say. */
  fault?: string;
}

/** Some rows in the order of cursor and key. */
export interface SourcePage {
  columns: readonly string[];
  rows: readonly SourceRow[];
  /** Nothing comes after it just now. */
  isLast: boolean;
}

/**
 * A source opened for one pull. Whatever the database says of a fault is told as a DomainError:
 * `unavailable` where waiting may help, `invalid` where somebody has to change something.
 */
export interface SourceReader {
  /** Rows after a place (with no key: from its value on), or from the beginning. */
  readPage(after: Place | null, limit: number): Promise<SourcePage>;
  /** Where a pull begins that is to see rows which came late. */
  back(place: Place, back: Back): Place;
  close(): Promise<void>;
}
