import { z } from 'zod';
import { Condition } from '#domain/condition/condition.ts';
import { EventPath, Where } from '#domain/condition/where.ts';
import { EventName, Span } from '#domain/journey/words.ts';
import { Offset } from '#domain/time/duration.ts';
import { LocalTime } from '#domain/time/local-time.ts';

/** Whether somebody who was in may come in again, per person and entry key. */
export const Reentry = z.union([
  z.enum(['never', 'always', 'oneAtATime']),
  /** Counted from the last entry. */
  z.strictObject({ after: Span }),
]);
export type Reentry = z.infer<typeof Reentry>;

const EventEntry = z.strictObject({
  event: EventName,
  where: Where.optional(),
  /** A field of the event that tells runs of one person apart, such as the cart. */
  key: EventPath.optional(),
  /** Who may come in, asked of the profile when the event comes. */
  when: Condition.optional(),
  reentry: Reentry.optional(),
});

const BecomesEntry = z.strictObject({
  becomes: Condition,
  includeCurrent: z.boolean().optional(),
  reentry: Reentry.optional(),
});

const DateEntry = z.strictObject({
  date: z.strictObject({
    attribute: z.string().min(1).max(200),
    offset: Offset.optional(),
    at: LocalTime,
  }),
  reentry: Reentry.optional(),
});

const ApiEntry = z.strictObject({ api: z.literal(true), reentry: Reentry.optional() });

/** Each way in, by the word that names it. */
export const ENTRIES = { event: EventEntry, becomes: BecomesEntry, date: DateEntry, api: ApiEntry };

/** How customers get in. */
export const Entry = z.union([EventEntry, BecomesEntry, DateEntry, ApiEntry]);
export type Entry = z.infer<typeof Entry>;
