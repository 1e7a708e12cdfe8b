import { Temporal } from 'temporal-polyfill';
import { zoneOr } from '#domain/time/zone.ts';

/** Years 1 to 9999: what four-digit ISO dates can say; sums with a duration stay valid instants. */
export const INSTANT_MIN = -62_135_596_800_000;
export const INSTANT_MAX = 253_402_300_799_999;

/** Whether a number is an instant in epoch ms that Kairos reckons with. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && value >= INSTANT_MIN && value <= INSTANT_MAX;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}/;
const OFFSET = /(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/;
/** The longest ISO date-time with nanoseconds, offset and zone fits well within. */
const INSTANT_LENGTH_MAX = 64;

/**
 * Epoch ms of an ISO 8601 date (its first instant in the zone), date-time with an offset, or
 * date-time without one (read in the zone). Null for anything else.
 */
export function parseInstant(text: string, zone: string): number | null {
  if (text.length > INSTANT_LENGTH_MAX) return null;
  const ms = readInstant(text, zone);
  return ms !== null && isInstant(ms) ? ms : null;
}

function readInstant(text: string, zone: string): number | null {
  try {
    if (DATE.test(text)) {
      return Temporal.PlainDate.from(text).toZonedDateTime(zoneOr(zone)).epochMilliseconds;
    }
    if (!DATE_TIME.test(text)) return null;
    if (OFFSET.test(text)) return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime(zoneOr(zone)).epochMilliseconds;
  } catch {
    return null;
  }
}

/** The smallest of the given instants; null where none is given. Null means never. */
export function earliest(...instants: readonly (number | null | undefined)[]): number | null {
  let first: number | null = null;
  for (const at of instants) {
    if (at !== null && at !== undefined && (first === null || at < first)) first = at;
  }
  return first;
}
