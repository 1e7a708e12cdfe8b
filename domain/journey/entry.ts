import { z } from 'zod';
import { Condition } from '#domain/condition/condition.ts';
import { EventPath, Where } from '#domain/condition/where.ts';
import { ParamValues } from '#domain/journey/param-values.ts';
import { EventName, Span } from '#domain/journey/words.ts';
import { Offset } from '#domain/time/duration.ts';
import { SegmentKey } from '#domain/segment/segment-key.ts';
import { LocalTime } from '#domain/time/local-time.ts';

/** Whether somebody who was in may come in again, per person and entry key. */
export const Reentry = z.union([
  z.enum(['never', 'always', 'oneAtATime']),
  /** Counted from the last entry. */
  z.strictObject({ after: Span }),
]);
export type Reentry = z.infer<typeof Reentry>;

/** Whether events of an import begin runs, too; by default they only make profiles true. */
const Imported = z.boolean().optional();

const EventEntry = z.strictObject({
  event: EventName,
  imported: Imported,
  where: Where.optional(),
  /** A field of the event that tells runs of one person apart, such as the cart. */
  key: EventPath.optional(),
  /** Who may come in, asked of the profile when the event comes. */
  when: Condition.optional(),
  params: ParamValues.optional(),
  reentry: Reentry.optional(),
});

const BecomesEntry = z.strictObject({
  becomes: Condition,
  imported: Imported,
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

/** Coming into a segment, or going out of it. */
export const SegmentWay = z.union(
  [z.strictObject({ enters: SegmentKey }), z.strictObject({ leaves: SegmentKey })],
  { error: 'Write which way: { enters: vip } or { leaves: vip }.' },
);
export type SegmentWay = z.infer<typeof SegmentWay>;

const SegmentEntry = z.strictObject({
  /** Those who come into a segment, or go out of it, from the publishing on. */
  segment: SegmentWay,
  imported: Imported,
  /** Who may come in, asked of the profile at that moment. */
  when: Condition.optional(),
  params: ParamValues.optional(),
  reentry: Reentry.optional(),
});

const ApiEntry = z.strictObject({ api: z.literal(true), reentry: Reentry.optional() });

/** Each way in, by the word that names it. */
export const ENTRIES = {
  event: EventEntry,
  becomes: BecomesEntry,
  date: DateEntry,
  segment: SegmentEntry,
  api: ApiEntry,
};

/** How customers get in. */
export const Entry = z.union([EventEntry, BecomesEntry, DateEntry, SegmentEntry, ApiEntry]);
export type Entry = z.infer<typeof Entry>;
