import type { DatePattern } from './date-pattern.ts';
import type { ImportKind, Skip } from './import-map.ts';

/** Where one value of a row comes from, found in the file's header. */
export interface Field {
  /** The column's name, for reports; of a constant, the map's own word. */
  column: string;
  /** Place in the row; null: the same for every row. */
  index: number | null;
  constant: string | number | boolean | null;
  type: 'text' | 'number' | 'boolean' | 'date' | null;
  pattern: DatePattern | null;
  zone: string | null;
}

/** One test by which rows are left out, and the place of its column. */
export interface PlannedSkip {
  index: number;
  skip: Skip;
}

/** How the rows of one file are read: the map and the header brought together. */
export interface ImportPlan {
  kind: ImportKind;
  /** All of the file, in the order of its cells. */
  columns: readonly string[];
  /** The file is all there is to say of what the shop sells. */
  isFeed: boolean;
  fields: Readonly<Partial<Record<string, Field>>>;
  line: Readonly<Record<string, Field>>;
  attributes: Readonly<Record<string, Field>>;
  properties: Readonly<Record<string, Field>>;
  skips: readonly PlannedSkip[];
  /** Of amounts that name none. */
  currency: string;
  /** In which the shop reckons its own totals. */
  shopCurrency: string;
  decimal: '.' | ',' | undefined;
  country: string | undefined;
  zone: string;
  /** Columns that nothing is taken from. */
  ignored: readonly string[];
}
