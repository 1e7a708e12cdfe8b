import { z } from 'zod';
import { RE2JS } from 're2js';
import { DAY_MS, readDuration } from '#domain/time/duration.ts';
import { isInstant, parseInstant } from '#domain/time/instant.ts';

/** Texts a marketer compares with are names and words, not documents. */
export const TEXT_MAX = 1000;
/** RE2 runs in linear time whatever the pattern; this bounds the compiled size. */
export const PATTERN_MAX = 200;
/** Beyond this a list belongs in a segment. */
export const LIST_MAX = 1000;
/** Names of attributes, events, parameters, and dotted paths. */
export const NAME_MAX = 200;

export const Name = z
  .string({ error: 'Write a name here.' })
  .min(1, 'A name must not be empty.')
  .max(NAME_MAX, `A name may have at most ${String(NAME_MAX)} characters.`);

/** A value that whoever uses the condition fills in. */
export const Param = z.strictObject({ param: Name });
export type Param = z.infer<typeof Param>;

const text = z.string().max(TEXT_MAX, `A text may have at most ${String(TEXT_MAX)} characters.`);
const scalar = z.union([text, z.number(), z.boolean()]);

const Value = z.union([scalar, Param], {
  error: `Compare with a text of at most ${String(TEXT_MAX)} characters, a number, true or false. For "has no value" write exists: false.`,
});
const Values = z.union([z.array(scalar).min(1).max(LIST_MAX), Param], {
  error: `Write a list of 1 to ${String(LIST_MAX)} texts or numbers.`,
});
const Start = z.union([text.min(1), Param], { error: 'Write the text it starts with.' });

const Pattern = z
  .string({ error: 'Write a pattern.' })
  .min(1, 'The pattern is empty.')
  .max(PATTERN_MAX, `A pattern may have at most ${String(PATTERN_MAX)} characters.`)
  .superRefine((pattern, ctx) => {
    try {
      compilePattern(pattern);
    } catch {
      ctx.addIssue({
        code: 'custom',
        message: 'This pattern is not valid in RE2 syntax (no look-around, no back-references).',
      });
    }
  });

const Bound = z
  .union([z.number(), text, Param], { error: 'Compare with a number or an ISO 8601 date.' })
  .superRefine((bound, ctx) => {
    if (typeof bound === 'string' && parseInstant(bound, 'UTC') === null) {
      ctx.addIssue({
        code: 'custom',
        message: 'Compare with a number (without quotes) or a date such as "2026-05-17".',
      });
    }
  });

const Moment = z
  .union([text, z.number(), Param], { error: 'Write a date, "now", or a duration from now.' })
  .superRefine((moment, ctx) => {
    const known =
      typeof moment === 'string'
        ? moment === 'now' || parseInstant(moment, 'UTC') !== null || 'ok' in readDuration(moment)
        : typeof moment !== 'number' || isInstant(moment);
    if (!known) {
      ctx.addIssue({
        code: 'custom',
        message:
          'Write a date such as "2026-05-17", "now", or a duration from now such as -P30D (30 days ago).',
      });
    }
  });

/** A duration, or a parameter that will be one. */
export const Span = z
  .union([text, Param], { error: 'Write a duration, such as P30D.' })
  .superRefine((span, ctx) => {
    if (typeof span !== 'string') return;
    const read = readDuration(span);
    if ('fault' in read) ctx.addIssue({ code: 'custom', message: read.fault });
    else if (read.ok.months <= 0 && read.ok.ms <= 0) {
      ctx.addIssue({ code: 'custom', message: 'This duration must be longer than nothing.' });
    }
  });

const Anniversary = z
  .union([z.boolean(), text], {
    error: 'Write true for "today", or a number of days such as P7D (within the coming week).',
  })
  .superRefine((days, ctx) => {
    if (typeof days !== 'string') return;
    const read = readDuration(days);
    const whole = 'ok' in read && read.ok.months === 0 && read.ok.days * DAY_MS === read.ok.ms;
    if (!whole || Math.abs(read.ok.days) > ANNIVERSARY_DAYS_MAX) {
      ctx.addIssue({
        code: 'custom',
        message: `Write whole days, at most ${String(ANNIVERSARY_DAYS_MAX)}, such as P7D or -P3D.`,
      });
    }
  });

/** Half a year: with more, every day would be near some anniversary. */
const ANNIVERSARY_DAYS_MAX = 180;

const order = {
  gt: Bound.optional(),
  gte: Bound.optional(),
  lt: Bound.optional(),
  lte: Bound.optional(),
  between: z
    .tuple([Bound, Bound], { error: 'Write two values, as in [10, 20].' })
    .optional()
    .meta({ description: 'Both ends belong to it.' }),
};

const time = {
  before: Moment.optional(),
  after: Moment.optional(),
  withinLast: Span.optional(),
  anniversary: Anniversary.optional(),
};

/** The shape of all operators, to be spread into a leaf. */
export const operatorShape = {
  is: Value.optional(),
  isNot: Value.optional().meta({ description: 'Also true where there is no value.' }),
  in: Values.optional(),
  notIn: Values.optional().meta({ description: 'Also true where there is no value.' }),
  contains: Value.optional().meta({ description: 'A part of a text, or a member of a list.' }),
  startsWith: Start.optional(),
  matches: Pattern.optional().meta({ description: 'RE2 syntax; anywhere in the text.' }),
  exists: z.boolean({ error: 'Write true or false.' }).optional(),
  ...order,
  ...time,
};
export const orderShape = order;

export const Operators = z.strictObject(operatorShape);
export type Operators = z.infer<typeof Operators>;

export const TimeOperators = z.strictObject(time);
export type TimeOperators = z.infer<typeof TimeOperators>;

export type Bound = z.infer<typeof Bound>;

const OPERATOR_NAMES = Object.keys(operatorShape);

/** Whether at least one operator is said. */
export function saysSomething(leaf: object): boolean {
  return OPERATOR_NAMES.some((name) => Object.hasOwn(leaf, name));
}

/** Compiled patterns by their text: parsing a condition leaves its patterns here for evaluation. */
const patterns = new Map<string, RE2JS>();
/** A few kB each; far more than an installation's live conditions hold. */
const PATTERNS_MAX = 2000;

/** The compiled RE2 pattern. Throws when it is not one. */
export function compilePattern(pattern: string): RE2JS {
  const remembered = patterns.get(pattern);
  if (remembered !== undefined) return remembered;
  const compiled = RE2JS.compile(pattern);
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}
