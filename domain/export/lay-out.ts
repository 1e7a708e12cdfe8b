import type { Json, JsonObject } from '#domain/json.ts';
import {
  FACT_COLUMNS_MAX,
  isOwnColumn,
  MORE,
  type Column,
  type ColumnType,
  type ExportRow,
} from './export.ts';

/** A name that facts have, with the kinds of value seen under it, in MongoDB's words. */
export interface SeenFact {
  name: string;
  types: readonly string[];
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  string: 'text',
  bool: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  decimal: 'number',
};

/**
 * The columns of facts, by name. `seen` has the commonest first; those beyond the limit and those
 * whose name is taken by a column of the table itself have none, and stand in `kairos_more`.
 */
export function factColumns(seen: readonly SeenFact[], taken: readonly Column[]): Column[] {
  const names = new Set(taken.map(({ name }) => name));
  return seen
    .filter(({ name }) => !names.has(name) && !isOwnColumn(name))
    .slice(0, FACT_COLUMNS_MAX)
    .map(({ name, types }) => ({ name, type: typeOf(types) }))
    .sort((one, two) => (one.name < two.name ? -1 : 1));
}

function typeOf(types: readonly string[]): ColumnType {
  const kinds = new Set(types.filter((type) => type !== 'null').map((type) => TYPES[type]));
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : 'json';
}

/** A row of the table's own values with facts beside them; a fact never takes another's place. */
export function withFacts(own: ExportRow, facts: JsonObject): ExportRow {
  const row: ExportRow = { ...own };
  const more: JsonObject = {};
  for (const [name, value] of Object.entries(facts)) {
    if (Object.hasOwn(own, name) || isOwnColumn(name)) more[name] = value;
    else row[name] = value;
  }
  return Object.keys(more).length > 0 ? { ...row, [MORE.name]: more } : row;
}

/**
 * The cells of a row in the order of the columns, null where there is none. With a column
 * `kairos_more` nothing is lost: what has no column, or is of another type than its column, is
 * there. That can be only what was said after the columns were chosen, or what exceeds them.
 */
export function layOut(columns: readonly Column[], row: ExportRow): Json[] {
  const given = row[MORE.name];
  const more: JsonObject = typeof given === 'object' ? { ...(given as JsonObject | null) } : {};
  const left = new Set(Object.keys(row));
  const cells = columns.map(({ name, type }): Json => {
    left.delete(name);
    const value = row[name] ?? null;
    if (name === MORE.name || value === null || fits(value, type)) return value;
    more[name] = value;
    return null;
  });
  for (const name of left) more[name] = row[name] ?? null;
  const place = columns.findIndex(({ name }) => name === MORE.name);
  if (place >= 0) cells[place] = Object.keys(more).length > 0 ? more : null;
  return cells;
}

function fits(value: Json, type: ColumnType): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
    case 'instant':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'path':
      return Array.isArray(value);
    case 'json':
      return true;
  }
}
