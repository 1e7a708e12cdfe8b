import { withoutNulls } from '#domain/event/inspect-json.ts';
import type { Json, JsonObject } from '#domain/json.ts';

/** Told of rows whose order was taken before, and said something else then. */
export const OTHER_ORDER =
  'This order is in already, with other lines or another worth; it stays as it was.';

/**
 * Whether an order that is in already says what is said of it now, by the properties of its events.
 * With `mayBePart`, fewer lines than it has say nothing new either: a pull that begins in the middle
 * of an order reads only the rest of it again.
 */
export function saysTheSame(
  known: JsonObject,
  said: JsonObject,
  { mayBePart }: { mayBePart: boolean },
): boolean {
  if (wordsOf(known) === wordsOf(said)) return true;
  return mayBePart && isPart(linesOf(known), linesOf(said));
}

function linesOf({ products }: JsonObject): string[] {
  return Array.isArray(products) ? products.map(wordsOf) : [];
}

/** Each line is there, as often as it is said; all of them would be no part. */
function isPart(known: readonly string[], said: readonly string[]): boolean {
  if (said.length === 0 || said.length >= known.length) return false;
  const left = [...known];
  return said.every((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/** The same text for the same value, whatever order its names are in. */
function wordsOf(value: Json): string {
  return JSON.stringify(sorted(withoutNulls(value)));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] ?? null)]));
}
