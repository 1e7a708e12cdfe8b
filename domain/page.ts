/** Where a page of a list ended: the last row's instant (epoch ms; 0 in lists by name) and its id. */
export interface Place {
  at: number;
  id: string;
}

/** One page of a list; `next` is null at its end. */
export interface Page<T> {
  rows: T[];
  next: Place | null;
}

/** What a list is asked for: at most `limit` rows that come after `after`. */
export interface PageRequest {
  limit: number;
  after: Place | null;
}

/** Makes a page of `limit` rows out of up to `limit + 1` that were read, so that `next` is certain. */
export function pageOf<T>(read: T[], limit: number, placeOf: (row: T) => Place): Page<T> {
  const rows = read.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: read.length > limit && last !== undefined ? placeOf(last) : null };
}
