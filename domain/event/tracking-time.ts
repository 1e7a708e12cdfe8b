import type { Fault } from '#domain/errors.ts';
import { parseInstant } from '#domain/time/instant.ts';

/** Nothing a shop tells us happened before this: 2000-01-01. Older means a broken clock. */
export const OCCURRED_MIN = Date.UTC(2000, 0, 1);

/** A clock without correction may be this far ahead (a wrong zone); beyond it the date is absurd. */
export const AHEAD_MAX_MS = 24 * 60 * 60 * 1000;

/** `2026-03-01T10:00:00.000Z`, what JavaScript's and most of Segment's libraries send. */
const USUAL_LENGTH = 24;
const USUAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The instants of a call as it came. */
export interface CallTimes {
  timestamp: unknown;
  originalTimestamp: unknown;
  sentAt: unknown;
}

/**
 * When it happened, epoch ms. With `sentAt`, the customer's clock is corrected as Segment does:
 * receivedAt − (sentAt − when the client says it happened). Without, `timestamp` is believed.
 * Nothing can have happened after it was received, so a small lead is cut to `receivedAt`.
 */
export function occurredAt(times: CallTimes, receivedAt: number, faults: Fault[]): number {
  const timestamp = readTime(times.timestamp, 'timestamp', faults);
  const original = readTime(times.originalTimestamp, 'originalTimestamp', faults) ?? timestamp;
  const sentAt = readTime(times.sentAt, 'sentAt', faults);
  const said = sentAt === null ? (timestamp ?? original) : corrected(original, sentAt, receivedAt);
  if (said === null) return receivedAt;
  if (said < OCCURRED_MIN) {
    faults.push({ pointer: '#/timestamp', detail: 'The event is dated before 2000-01-01.' });
  }
  if (said > receivedAt + AHEAD_MAX_MS) {
    faults.push({ pointer: '#/timestamp', detail: 'The event is dated over 24 hours ahead.' });
  }
  return Math.min(said, receivedAt);
}

function corrected(original: number | null, sentAt: number, receivedAt: number): number | null {
  return original === null ? null : receivedAt - (sentAt - original);
}

function readTime(value: unknown, field: string, faults: Fault[]): number | null {
  if (value === undefined || value === null) return null;
  const ms = typeof value === 'string' ? readText(value) : null;
  if (ms !== null) return ms;
  faults.push({ pointer: `#/${field}`, detail: `\`${field}\` is not an ISO 8601 date and time.` });
  return null;
}

function readText(text: string): number | null {
  if (text.length === USUAL_LENGTH) {
    const ms = Date.parse(text);
    // `Date.parse` takes 30 February for a day in March; up to the 28th there is nothing to check.
    const early = USUAL.test(text) && text.slice(8, 10) <= '28';
    if (!Number.isNaN(ms) && (early || new Date(ms).toISOString() === text)) return ms;
  }
  return parseInstant(text, 'UTC');
}
