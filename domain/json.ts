/** Plain JSON data, as it comes from shops and goes to Mongo. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a dotted path such as `properties.cart_id` or `properties.products.0.name`, own properties
 * only (a path of `constructor` or `__proto__` finds nothing). Undefined where there is nothing.
 */
export function readPath(source: unknown, path: string): Json | undefined {
  return readParts(source, path.split('.'));
}

/** As `readPath`, of a path that was taken apart before. */
export function readParts(source: unknown, parts: readonly string[]): Json | undefined {
  let here: unknown = source;
  for (const part of parts) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, part)) return undefined;
    here = (here as Record<string, unknown>)[part];
  }
  return here as Json | undefined;
}
