import { DAY_MS } from '#domain/time/duration.ts';
import type { DateFields } from './date-pattern.ts';
import { instantOf, readDateFields } from './read-date.ts';

/** When something begins and ends, in epoch ms; null: open. */
export interface Period {
  from: number | null;
  until: number | null;
}

/** An end that is not said, as ISO 8601-2 writes it. */
const OPEN = '..';

/**
 * A period as feeds write it, `2026-11-27T00:00+0200/2026-11-30T23:59+0200`: from its first instant
 * until before its end. A day that ends it is in it as a whole; `..` in place of one end leaves it
 * open. Null for anything else.
 */
export function readPeriod(text: string, zone: string): Period | null {
  const [first = '', last = '', ...more] = text.split('/').map((part) => part.trim());
  if (more.length > 0 || (first === OPEN && last === OPEN)) return null;
  const from = boundOf(first, zone, instantOf);
  const until = boundOf(last, zone, endOf);
  if (from === undefined || until === undefined) return null;
  return isInOrder(from, until) ? { from, until } : null;
}

function isInOrder(from: number | null, until: number | null): boolean {
  return from === null || until === null || from < until;
}

/** Null where it is open, undefined where the text is no date. */
function boundOf(
  text: string,
  zone: string,
  at: (fields: DateFields, zone: string) => number | null,
): number | null | undefined {
  if (text === OPEN) return null;
  const fields = readDateFields(text, null);
  return fields === null ? undefined : (at(fields, zone) ?? undefined);
}

function endOf(fields: DateFields, zone: string): number | null {
  const at = instantOf(fields, zone);
  return at === null || fields.hasTime ? at : at + DAY_MS;
}
