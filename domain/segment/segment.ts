import { z } from 'zod';
import { Condition } from '#domain/condition/condition.ts';

const Name = z.string().trim().min(1, 'A segment needs a name.').max(200);
const Description = z.string().trim().max(2_000).optional();

/** Names of values that whoever uses the segment fills in; more would be another segment. */
const PARAMS_MAX = 20;
const Params = z
  .array(z.string().regex(/^[a-z][a-z0-9_]*$/, 'Write names such as category.'))
  .max(PARAMS_MAX)
  .optional();

/** A group whose members follow from a condition. */
export const ConditionSegment = z.strictObject({
  name: Name,
  description: Description,
  condition: Condition,
  params: Params,
});

export type ConditionSegment = z.infer<typeof ConditionSegment>;

/** A list of people kept by hand. */
export const StaticSegment = z.strictObject({
  name: Name,
  description: Description,
  static: z.literal(true),
});

/** What a marketer says of a segment. */
export const Segment = z.union([ConditionSegment, StaticSegment]);
export type Segment = z.infer<typeof Segment>;

/** The name of the event that a profile's coming into a segment, or going out of it, is. */
export const SEGMENT_ENTERED = 'Segment Entered';
export const SEGMENT_LEFT = 'Segment Left';
/** The events by which members of static segments are added and removed. */
export const MEMBER_ADDED = 'Segment Member Added';
export const MEMBER_REMOVED = 'Segment Member Removed';
