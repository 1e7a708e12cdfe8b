import type { Json } from '#domain/json.ts';

/** One row of a table. */
export interface Row {
  /** 1 is the first row after the header. */
  number: number;
  cells: readonly Json[];
  /** Where it stands in the database it was read from; absent: it is a row of a file. */
  origin?: RowOrigin;
  /** Why there are no cells to read, where the row itself is broken. */
  fault?: string;
}

/** What makes a row of a database itself, wherever it is read again. */
export interface RowOrigin {
  /** Of its key column. */
  key: string;
  /** Of its cursor column: it changes with the row. */
  value: string;
}

/** Why a row cannot be taken. */
export interface RowFault {
  row: number;
  /** Null where it is about the whole row. */
  column: string | null;
  /** A sentence that quotes nothing of the row. */
  detail: string;
}

/** Something that was cleaned on the way in. */
export interface Change {
  column: string;
  /** What was done, such as `written in lower case`. */
  change: string;
}

/** A cell that cannot be read; ends the reading of its row. */
export class CellFault extends Error {
  readonly column: string | null;

  constructor(column: string | null, message: string) {
    super(message);
    this.column = column;
  }
}
