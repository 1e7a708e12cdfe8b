import { z } from 'zod';
import { ConditionShape, type Condition as ConditionType } from '#domain/condition/leaves.ts';
import { readCondition } from '#domain/condition/parse-condition.ts';

/**
 * A condition, also inside a larger definition: its faults carry their path and a sentence, as with
 * any other schema. In JSON Schema (of the input, too) it is the shape of leaves.ts.
 */
export const Condition = z.preprocess((input, ctx) => {
  const parsed = readCondition(input);
  if ('ok' in parsed) return parsed.ok;
  for (const issue of parsed.issues) {
    ctx.addIssue({ code: 'custom', path: [...issue.path], message: issue.detail, input });
  }
  return z.NEVER;
}, ConditionShape);
/** What must hold of a customer: one language for segments, branches, entries and filters. */
export type Condition = ConditionType;
