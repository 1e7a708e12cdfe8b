/** Rows of the first page: of a table with a picture in every row that is still little memory. */
export const PAGE_ROWS_FIRST = 50;
/** Rows of a page: a batch that is accepted in two calls. */
export const PAGE_ROWS_MAX = 500;
/** Characters a page should hold, about: what a pull keeps in memory is a few times that. */
const PAGE_CHARS = 4_000_000;
/** A page of huge rows still moves on. */
const PAGE_ROWS_MIN = 5;

/** How many rows the next page should have, by how large those of the last were. */
export function nextPageRows(limit: number, read: { rows: number; chars: number }): number {
  if (read.rows === 0) return limit;
  const fitting = Math.floor(PAGE_CHARS / Math.max(1, read.chars / read.rows));
  return Math.max(PAGE_ROWS_MIN, Math.min(fitting, limit * 4, PAGE_ROWS_MAX));
}
