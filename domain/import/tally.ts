import type { Change, RowFault } from './row.ts';

/** Faults of rows that are kept to be read; all are counted. */
export const ERRORS_KEPT_MAX = 1_000;
/** Rows named as examples of one kind of change. */
const EXAMPLES_MAX = 5;
/** Kinds of changes told apart: far more than a thousand columns ever make of use. */
const CLEANED_MAX = 200;

/** One kind of change to one column: how often, and the first rows. */
export interface Cleaned extends Change {
  count: number;
  rows: number[];
}

/** What became of the rows so far. */
export interface Counts {
  rows: number;
  accepted: number;
  rejected: number;
  skipped: number;
}

/** Keeps count of an import's rows; it goes on from what was counted before. */
export class Tally {
  readonly #counts: Counts;
  readonly #cleaned: Map<string, Cleaned>;
  #news: RowFault[] = [];
  #kept: number;

  constructor(counts: Counts, cleaned: readonly Cleaned[], errorsKept: number) {
    this.#counts = { ...counts };
    this.#cleaned = new Map(cleaned.map((one) => [keyOf(one), { ...one, rows: [...one.rows] }]));
    this.#kept = errorsKept;
  }

  get counts(): Counts {
    return { ...this.#counts };
  }

  get cleaned(): Cleaned[] {
    return [...this.#cleaned.values()].map((one) => ({ ...one, rows: [...one.rows] }));
  }

  read(rows = 1): void {
    this.#counts.rows += rows;
  }

  skip(): void {
    this.#counts.skipped += 1;
  }

  accept(rows: number): void {
    this.#counts.accepted += rows;
  }

  reject(fault: RowFault): void {
    this.#counts.rejected += 1;
    if (this.#kept >= ERRORS_KEPT_MAX) return;
    this.#kept += 1;
    this.#news.push(fault);
  }

  clean(row: number, changes: readonly Change[]): void {
    for (const { column, change } of changes) {
      const key = keyOf({ column, change });
      const known = this.#cleaned.get(key);
      if (known === undefined) {
        if (this.#cleaned.size >= CLEANED_MAX) continue;
        this.#cleaned.set(key, { column, change, count: 1, rows: [row] });
        continue;
      }
      known.count += 1;
      if (known.rows.length < EXAMPLES_MAX) known.rows.push(row);
    }
  }

  /** The faults since the last call. */
  takeNews(): RowFault[] {
    const news = this.#news;
    this.#news = [];
    return news;
  }
}

/** Faults as they stand in the file: those of customers are found later than those of cells. */
export function byRow(faults: readonly RowFault[]): RowFault[] {
  return [...faults].sort((one, other) => one.row - other.row);
}

function keyOf({ column, change }: Change): string {
  return `${column}\u0000${change}`;
}
