import { isJsonObject, readPath, type Json, type JsonObject } from '#domain/json.ts';

/** How deep objects within objects are taken apart; deeper ones are one value. */
const DEPTH_MAX = 4;

/**
 * The columns of some documents: `address: { city }` is the column `address.city`. An object that
 * the map names stays whole, and so does `properties`, which is one already. Columns the map names
 * are there even where these documents lack them: what one document says another may leave out.
 */
export function documentColumns(
  documents: readonly JsonObject[],
  named: ReadonlySet<string>,
): string[] {
  const columns = new Set<string>(named);
  for (const document of documents) addColumns(document, '', { columns, named, depth: 1 });
  return [...columns];
}

interface Into {
  columns: Set<string>;
  named: ReadonlySet<string>;
  depth: number;
}

function addColumns(object: JsonObject, prefix: string, { columns, named, depth }: Into): void {
  for (const [name, value] of Object.entries(object)) {
    const column = `${prefix}${name}`;
    const isWhole = named.has(column) || column === 'properties' || depth >= DEPTH_MAX;
    if (isWhole || !isJsonObject(value) || name.includes('.')) columns.add(column);
    else addColumns(value, `${column}.`, { columns, named, depth: depth + 1 });
  }
}

/** One document's cells in the order of the columns. */
export function documentCells(document: JsonObject, columns: readonly string[]): Json[] {
  return columns.map((column) => {
    if (Object.hasOwn(document, column)) return document[column] ?? null;
    return readPath(document, column) ?? null;
  });
}
