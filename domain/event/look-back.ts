import type { EventAsk } from '#domain/condition/event-matches.ts';
import { isJsonObject, readParts, type Json, type JsonObject } from '#domain/json.ts';

/** Which earlier events of one name are needed, and what of each. */
export interface LookBack {
  /** Epoch ms from which on they matter; 0: all there are. */
  since: number;
  /** Dotted paths, as `properties.revenue`; an event is needed as little as any other way. */
  paths: ReadonlySet<string>;
}

/** Earlier events needed, by name. */
export type LookBacks = ReadonlyMap<string, LookBack>;

/** Adds one need to those there are: further back of the two, and the paths of both. */
export function addLookBack(
  needed: Map<string, LookBack>,
  name: string,
  { since, paths }: { since: number; paths: Iterable<string> },
): void {
  const known = needed.get(name);
  needed.set(name, {
    since: Math.min(since, known?.since ?? since),
    paths: new Set([...(known?.paths ?? []), ...paths]),
  });
}

/** What an ask reads of an event beside its name and instant. */
export function pathsOfAsk({ where, path }: EventAsk): string[] {
  return [...Object.keys(where ?? {}), ...(path === undefined ? [] : [path])];
}

/**
 * Paths for a MongoDB projection that bring all that is read at these. An item of a list, its length
 * and a name with `$` cannot be said there: then all above them is brought.
 */
export function projectable(paths: Iterable<string>): string[] {
  const said = [...paths].map((path) => {
    const parts = path.split('.');
    const until = parts.findIndex((part) => !isProjectable(part));
    return (until === -1 ? parts : parts.slice(0, until)).join('.');
  });
  return outermost(said);
}

function isProjectable(part: string): boolean {
  return !/^\d+$/.test(part) && part !== 'length' && !/[$\0]/.test(part);
}

/** Without those that lie within another: MongoDB refuses both, and the outer one brings it all. */
function outermost(paths: Iterable<string>): string[] {
  const all = new Set(paths);
  return [...all].filter((path) => {
    const parts = path.split('.');
    return !parts.some((_, index) => index > 0 && all.has(parts.slice(0, index).join('.')));
  });
}

/** What an event may hold that conditions and patterns read. */
interface Content {
  properties: JsonObject;
  context?: JsonObject;
}

/**
 * An event of which only the values at some paths are kept: whoever reads these finds what they
 * would find in the whole. Lists on the way become objects by index.
 */
export function onlyAt(
  { properties, context }: Partial<Content>,
  paths: Iterable<string>,
): Content {
  const kept: JsonObject = {};
  for (const path of outermost(paths)) {
    const parts = path.split('.');
    const value = readParts({ properties, context }, parts);
    if (value !== undefined) put(kept, parts, value);
  }
  return {
    properties: isJsonObject(kept.properties) ? kept.properties : {},
    ...(isJsonObject(kept.context) && { context: kept.context }),
  };
}

function put(into: JsonObject, parts: readonly string[], value: Json): void {
  const [part = '', ...rest] = parts;
  if (rest.length === 0) {
    set(into, part, value);
    return;
  }
  const known = Object.hasOwn(into, part) ? into[part] : undefined;
  const inner = isJsonObject(known) ? known : {};
  set(into, part, inner);
  put(inner, rest, value);
}

/** Defined, not assigned: a shop's property may be called `__proto__`. */
function set(into: JsonObject, part: string, value: Json): void {
  Object.defineProperty(into, part, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** What an event costs to hold before anything is kept of it: its id, its instant, its objects. */
const EVENT_BYTES = 300;
const VALUE_BYTES = 16;

/** Roughly the bytes of memory that what was kept of an event takes. */
export function heldBytes({ properties, context }: Content): number {
  return EVENT_BYTES + bytesOf(properties) + (context === undefined ? 0 : bytesOf(context));
}

function bytesOf(value: Json): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  return Object.entries(value).reduce(
    (sum, [name, member]) => sum + VALUE_BYTES + name.length + bytesOf(member),
    VALUE_BYTES,
  );
}
