import { z } from 'zod';
import { EventPath, Where } from '#domain/condition/where.ts';
import { Entry, SegmentWay } from '#domain/journey/entry.ts';
import { JourneyGate } from '#domain/message/gate/gate-settings.ts';
import { STEP_KINDS } from '#domain/journey/steps/kinds.ts';
import type { Step } from '#domain/journey/steps/kinds.ts';
import { EventName, Key, Match, Span, StepId } from '#domain/journey/words.ts';

/** More steps than anybody can oversee; big programmes are several journeys. */
export const STEPS_MAX = 200;
const NAME_LENGTH_MAX = 200;
const EXITS_MAX = 20;

const EventExit = z.strictObject({
  event: EventName,
  where: Where.optional(),
  match: Match.optional(),
});
const SegmentExit = z.strictObject({ segment: SegmentWay });
const Exit = z.union([EventExit, SegmentExit], {
  error: 'Write which event ends it, { event: Order Completed }, or { segment: { leaves: vip } }.',
});

const Goal = z.strictObject({
  event: EventName,
  where: Where.optional(),
  match: Match.optional(),
  /** Counted from the entry. */
  within: Span,
  /** The field of the event that says what it was worth. */
  value: EventPath.optional(),
});

/** Everything of a journey but its entry and its steps, which are read one by one. */
export const Frame = z.strictObject({
  key: Key,
  name: z.string().min(1).max(NAME_LENGTH_MAX),
  exits: z.array(Exit).max(EXITS_MAX).optional(),
  goal: Goal.optional(),
  /** What the gate goes by for its messages, beside the shop's settings. */
  gate: JourneyGate.optional(),
  start: StepId,
});

/** The schema of every kind of step, as one. */
const AnyStep: z.ZodType<Step> = z.union(Object.values(STEP_KINDS).map((kind) => kind.schema));

/**
 * The definition of a journey, as it is written, stored and published. Whether its steps hang
 * together no schema can say: `parseJourney` does.
 */
export const Journey = Frame.extend({
  entry: Entry,
  steps: z.record(StepId, AnyStep),
});
export type Journey = z.infer<typeof Journey>;

/** JSON Schema (2020-12) of the definition, for editors and other programs. */
export function journeyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(Journey, { io: 'output', unrepresentable: 'any' });
}
