import type { RunEvent } from '#domain/event/event.ts';
import type { Json } from '#domain/json.ts';
import { readPath } from '#domain/json.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import type { Where } from '#domain/condition/where.ts';
import { matchesWhere } from '#domain/condition/where.ts';

/** An event as a definition names it: by name, by its own fields and by what began the run. */
export interface EventPattern {
  event: string;
  where?: Where | undefined;
  /** Field of the event -> field of the entry, such as `entry.properties.cart_id`. */
  match?: Readonly<Record<string, string>> | undefined;
  /** Only where Kairos itself told it. */
  source?: 'kairos' | undefined;
}

const ENTRY_PREFIX = 'entry.';

/** Whether an event is the one a pattern means. Values missing on either side never match. */
export function matchesEvent(
  pattern: EventPattern,
  entry: RunEntry | null,
  event: RunEvent,
): boolean {
  if (pattern.event !== event.name) return false;
  if (pattern.source !== undefined && pattern.source !== event.source) return false;
  if (pattern.where !== undefined && !matchesWhere(pattern.where, event)) return false;
  return Object.entries(pattern.match ?? {}).every(([ofEvent, ofEntry]) =>
    areEqual(readPath(event, ofEvent), readEntry(entry, ofEntry)),
  );
}

/** What began the run says at a path such as `entry.properties.cart_id`. */
export function readEntry(entry: RunEntry | null, path: string): Json | undefined {
  if (entry === null || !path.startsWith(ENTRY_PREFIX)) return undefined;
  const source = { properties: entry.properties, context: entry.event?.context };
  return readPath(source, path.slice(ENTRY_PREFIX.length));
}

/** Shops write the same id as 42 in one event and as "42" in the next: both are the same. */
function areEqual(one: Json | undefined, other: Json | undefined): boolean {
  const left = scalarText(one);
  return left !== null && left === scalarText(other);
}

/** A text, number or boolean as text; null for everything that can't identify anything. */
export function scalarText(value: Json | undefined): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
