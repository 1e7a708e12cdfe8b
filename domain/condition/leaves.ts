import { z } from 'zod';
import {
  Name,
  operatorShape,
  orderShape,
  Param,
  saysSomething,
  Span,
  TimeOperators,
} from '#domain/condition/operators.ts';
import { EventPath, Where } from '#domain/condition/where.ts';
import { CARRIED_CHANNELS } from '#domain/message/message.ts';

/** Deeper nesting cannot be read by the person who has to answer for it. */
export const DEPTH_MAX = 10;
/** Groups and leaves of one condition together. */
export const NODES_MAX = 200;
/** Counting further than this is a question for a report. */
const COUNT_MAX = 1_000_000;

const NOTHING_SAID = 'Say how to compare, for example is, gte or exists.';

const compared = { error: NOTHING_SAID };
export const AttributeLeaf = z
  .strictObject({ attribute: Name, ...operatorShape })
  .refine(saysSomething, compared);
export type AttributeLeaf = z.infer<typeof AttributeLeaf>;

export const TraitLeaf = z
  .strictObject({ trait: Name, ...operatorShape })
  .refine(saysSomething, compared);
export type TraitLeaf = z.infer<typeof TraitLeaf>;

export const PreferenceLeaf = z
  .strictObject({ preference: Name, ...operatorShape })
  .refine(saysSomething, compared);
export type PreferenceLeaf = z.infer<typeof PreferenceLeaf>;

export const ContextLeaf = z
  .strictObject({ context: Name, ...operatorShape })
  .refine(saysSomething, compared);
export type ContextLeaf = z.infer<typeof ContextLeaf>;

export const ParamLeaf = z
  .strictObject({ param: Name, ...operatorShape })
  .refine(saysSomething, compared);
export type ParamLeaf = z.infer<typeof ParamLeaf>;

const WHOLE = 'Write a whole number, 0 or more.';
const Count = z.union([z.int(WHOLE).min(0, WHOLE).max(COUNT_MAX, WHOLE), Param], { error: WHOLE });

/** A stranger writes the name alone. */
const asObject = (text: string) => ({
  error: ({ code }: { code?: string | undefined }) => (code === 'invalid_type' ? text : undefined),
});

const Without = z.strictObject(
  { event: Name, where: Where.optional() },
  asObject('Write { event: NAME }: what must not happen between the two.'),
);

export const FollowedBy = z.strictObject(
  {
    event: Name,
    where: Where.optional(),
    within: Span.optional().meta({ description: 'Counted from the first of the two events.' }),
    without: Without.optional().meta({ description: 'What must not happen between the two.' }),
  },
  asObject('Write { event: NAME }: what must follow.'),
);
export type FollowedBy = z.infer<typeof FollowedBy>;

export const AGGREGATES = ['sum', 'min', 'max', 'avg'] as const;
const ORDERS = Object.keys(orderShape);

const eventShape = z.strictObject({
  event: Name,
  where: Where.optional(),
  within: Span.optional().meta({ description: 'Only events younger than this count.' }),
  followedBy: FollowedBy.optional().meta({
    description: 'Only events count that were followed by that one.',
  }),
  atLeast: Count.optional().meta({ description: '1 when nothing is said.' }),
  atMost: Count.optional(),
  exactly: Count.optional(),
  sum: EventPath.optional(),
  min: EventPath.optional(),
  max: EventPath.optional(),
  avg: EventPath.optional(),
  ...orderShape,
  first: TimeOperators.refine(saysSomething, compared).optional(),
  last: TimeOperators.refine(saysSomething, compared).optional(),
});

export const EventLeaf = eventShape.superRefine((leaf, ctx) => {
  const fault = (key: string, message: string): void => {
    ctx.addIssue({ code: 'custom', path: [key], message });
  };
  const aggregates = AGGREGATES.filter((name) => leaf[name] !== undefined);
  const compares = ORDERS.filter((name) => Object.hasOwn(leaf, name));
  const [aggregate, another] = aggregates;
  if (another !== undefined) fault(another, 'Use only one of sum, min, max and avg.');
  if (aggregate !== undefined && compares.length === 0) {
    fault(aggregate, 'Say what to compare it with: gt, gte, lt, lte or between.');
  }
  if (aggregate === undefined && compares[0] !== undefined) {
    fault(
      compares[0],
      'Say what is compared: sum, min, max or avg of a property; to count events write atLeast, atMost or exactly.',
    );
  }
  if (leaf.exactly !== undefined && (leaf.atLeast !== undefined || leaf.atMost !== undefined)) {
    fault('exactly', 'Write either exactly, or atLeast and atMost.');
  }
  if (
    typeof leaf.atLeast === 'number' &&
    typeof leaf.atMost === 'number' &&
    leaf.atLeast > leaf.atMost
  ) {
    fault('atMost', 'This can never hold: atMost is smaller than atLeast.');
  }
});
export type EventLeaf = z.infer<typeof EventLeaf>;

export const ConsentLeaf = z.strictObject({ consent: Name });
export type ConsentLeaf = z.infer<typeof ConsentLeaf>;

export const ReachableLeaf = z.strictObject({
  reachable: z.enum(CARRIED_CHANNELS, {
    error: `Write a channel: ${CARRIED_CHANNELS.join(', ')}.`,
  }),
});
export type ReachableLeaf = z.infer<typeof ReachableLeaf>;

export const SegmentLeaf = z.strictObject({
  segment: z.union([Name, Param], { error: 'Write the key of a segment.' }),
});
export type SegmentLeaf = z.infer<typeof SegmentLeaf>;

export const StageLeaf = z.strictObject({
  stage: z.union([Name, Param], { error: 'Write the key of a stage.' }),
});
export type StageLeaf = z.infer<typeof StageLeaf>;

export type Leaf =
  | AttributeLeaf
  | TraitLeaf
  | PreferenceLeaf
  | EventLeaf
  | ConsentLeaf
  | ReachableLeaf
  | SegmentLeaf
  | StageLeaf
  | ContextLeaf
  | ParamLeaf;

/** Those that hold one value against operators. */
export type ValueLeaf = AttributeLeaf | TraitLeaf | PreferenceLeaf | ContextLeaf | ParamLeaf;

/** What must hold of a customer: one language for segments, branches, entries and filters. */
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Leaf;

/** Each kind of leaf by the key that names it. */
export const LEAVES = {
  attribute: AttributeLeaf,
  trait: TraitLeaf,
  preference: PreferenceLeaf,
  event: EventLeaf,
  consent: ConsentLeaf,
  reachable: ReachableLeaf,
  segment: SegmentLeaf,
  stage: StageLeaf,
  context: ContextLeaf,
  param: ParamLeaf,
} as const;

/**
 * The shape of a condition, for the published JSON Schema. Its own errors are those of a union;
 * `Condition` (condition.ts) and `parseCondition` give each fault its place and sentence.
 */
export const ConditionShape: z.ZodType<Condition> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(ConditionShape).min(1) }),
      z.strictObject({ any: z.array(ConditionShape).min(1) }),
      z.strictObject({ not: ConditionShape }),
      AttributeLeaf,
      TraitLeaf,
      PreferenceLeaf,
      EventLeaf,
      ConsentLeaf,
      ReachableLeaf,
      SegmentLeaf,
      StageLeaf,
      ContextLeaf,
      ParamLeaf,
    ]),
  )
  .meta({ id: 'Condition', description: 'What must hold of a customer.' });
