import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';

/** A while in which so many may be taken, wherever it begins, and how finely it is counted. */
export interface Span {
  ms: number;
  /** A sixtieth: what is counted too long, for not knowing it better, is no more than that. */
  cellMs: number;
}

export const MINUTE: Span = { ms: MINUTE_MS, cellMs: SECOND_MS };
export const HOUR: Span = { ms: HOUR_MS, cellMs: MINUTE_MS };

/** Takings, oldest first: when a cell begins (epoch ms), and how many were taken in it. */
export type Cells = readonly (readonly [at: number, taken: number])[];

/** What still counts at an instant; a cell counts whole until the last of it has passed. */
export function liveCells({ ms, cellMs }: Span, cells: Cells, at: number): Cells {
  return cells.filter(([begin]) => begin + cellMs + ms > at);
}

/** How many were taken within the span before an instant. */
export function takenIn(span: Span, cells: Cells, at: number): number {
  return liveCells(span, cells, at).reduce((sum, [, taken]) => sum + taken, 0);
}

/** One more, at an instant that is in the last cell or after it. */
export function takeIn(span: Span, cells: Cells, at: number): Cells {
  const begin = Math.floor(at / span.cellMs) * span.cellMs;
  const live = liveCells(span, cells, at);
  const last = live.at(-1);
  if (last === undefined || last[0] < begin) return [...live, [begin, 1]];
  return [...live.slice(0, -1), [last[0], last[1] + 1]];
}

/** One that was taken at `at` came to nothing. */
export function giveBackIn({ cellMs }: Span, cells: Cells, at: number): Cells {
  const begin = Math.floor(at / cellMs) * cellMs;
  return cells
    .map(([from, taken]) => [from, from === begin ? taken - 1 : taken] as const)
    .filter(([, taken]) => taken > 0);
}

/** The first instant from `at` on at which fewer than `limit` count (epoch ms). */
export function freeAt(span: Span, cells: Cells, limit: number, at: number): number {
  const live = liveCells(span, cells, at);
  let left = live.reduce((sum, [, taken]) => sum + taken, 0);
  let free = at;
  for (const [begin, taken] of live) {
    if (left < limit) break;
    left -= taken;
    free = Math.max(at, begin + span.cellMs + span.ms);
  }
  return free;
}
