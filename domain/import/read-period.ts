import { DAY_MS } from '#domain/time/duration.ts';
import type { DateFields } from './date-pattern.ts';
import { instantOf, readDateFields } from './read-date.ts';

/**
 * A period as feeds write it, `2026-11-27T00:00+0200/2026-11-30T23:59+0200`, as epoch ms: from its
 * first instant until before its end. A day that ends it is in it as a whole. Null for anything else.
 */
export function readPeriod(text: string, zone: string): { from: number; until: number } | null {
  const [first, last, ...more] = text.split('/').map((part) => readDateFields(part.trim(), null));
  if (first == null || last == null || more.length > 0) return null;
  const from = instantOf(first, zone);
  const until = endOf(last, zone);
  return from === null || until === null || until <= from ? null : { from, until };
}

function endOf(fields: DateFields, zone: string): number | null {
  const at = instantOf(fields, zone);
  return at === null || fields.hasTime ? at : at + DAY_MS;
}
