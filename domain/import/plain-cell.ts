import type { Json } from '#domain/json.ts';

/** Deeper nesting is no data of a shop's; it is cut to null. */
const DEPTH_MAX = 10;

/**
 * A value of a typed source (Parquet, a database's driver) as a cell: instants as ISO 8601 in UTC,
 * integers beyond what a number holds exactly as text, bytes as UTF-8. What no JSON can say is null.
 */
export function plainCell(value: unknown, depth = 0): Json {
  if (value === null || value === undefined || depth > DEPTH_MAX) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return typeof value === 'object' ? plainObject(value, depth) : null;
}

function plainObject(value: object, depth: number): Json {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map((member) => plainCell(member, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, plainCell(member, depth + 1)]),
  );
}
