import { z } from 'zod';
import { EventPath } from '#domain/condition/where.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { DAY_MS, Duration, readDuration } from '#domain/time/duration.ts';

/** A key travels in URLs, workflow ids and search attributes: 64 characters fit all of them. */
const KEY_LENGTH_MAX = 64;
/** Longer than any event name of Segment's spec; the tracking API has the same bound. */
const EVENT_NAME_LENGTH_MAX = 200;
/** Two years: a customer who waits longer has forgotten what the journey was about. */
const SPAN_MAX_YEARS = 2;
/** A path is a handful of names; this is generous for each. */
const PATH_LENGTH_MAX = 200;
/** Values that tie two events together: a cart, an order, perhaps a shop. */
const MATCH_MAX = 10;

/** Monday is day 1 of ISO 8601. */
export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

export const Key = z
  .string()
  .max(KEY_LENGTH_MAX)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, {
    error: 'Write small letters, digits and single hyphens, as in abandoned-cart.',
  });

export const StepId = z
  .string()
  .max(KEY_LENGTH_MAX)
  .regex(/^[a-z][a-z0-9_-]*$/, {
    error: 'The name of a step is written with small letters, digits, - and _, as in remind-2.',
  });

export const EventName = z.string().min(1).max(EVENT_NAME_LENGTH_MAX);

/** A duration a journey may wait for: longer than nothing and at most two years. */
export const Span = Duration.superRefine((text, context) => {
  const read = readDuration(text);
  // A month of 30.5 days makes P24M and P2Y exactly the two years of 366 days.
  if ('ok' in read && read.ok.months * 30.5 * DAY_MS + read.ok.ms > SPAN_MAX_YEARS * 366 * DAY_MS) {
    context.addIssue({ code: 'custom', message: 'A journey waits at most two years (P2Y).' });
  }
});

export const EntryPath = z
  .string()
  .max(PATH_LENGTH_MAX)
  .regex(/^entry\.(?:properties|context)(?:\.[^.\s][^.]*)+$/, {
    error: 'Name a field of what began the run, as in entry.properties.cart_id.',
  });

/** Field of the event -> field of the entry; all pairs must be there and equal. */
export const Match = z
  .record(EventPath, EntryPath)
  .refine((pairs) => Object.keys(pairs).length >= 1 && Object.keys(pairs).length <= MATCH_MAX, {
    error: `Name at least one pair of fields and at most ${String(MATCH_MAX)}.`,
  });

/** ISO number (1 is Monday) or English name. */
export const Weekday = z.union([z.int().min(1).max(7), z.enum(WEEKDAYS)], {
  error: 'Write a weekday as a number from 1 (Monday) to 7 (Sunday) or by its English name.',
});

/** What the end of a run says of it, in the report's words. */
export const Outcome = z
  .string()
  .max(KEY_LENGTH_MAX)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _.-]*$/u, {
    error: 'Say in a word or two how the run ends, as in done.',
  });

export const ChannelWord = z.enum(CHANNELS);
