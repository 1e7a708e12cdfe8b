import { z } from 'zod';
import { LIST_MAX, TEXT_MAX } from '#domain/condition/operators.ts';
import type { Json } from '#domain/json.ts';
import { readEntry } from '#domain/journey/match-event.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import { EntryPath } from '#domain/journey/words.ts';

/** More would be another condition; domain/segment/segment.ts has the same. */
const VALUES_MAX = 20;

const text = z.string().max(TEXT_MAX, `A text may have at most ${String(TEXT_MAX)} characters.`);
const scalar = z.union([text, z.number(), z.boolean()]);

const Value = z.union(
  [scalar, z.array(scalar).min(1).max(LIST_MAX), z.strictObject({ from: EntryPath })],
  {
    error:
      'Write a text, a number, true, false, a list of these, or where it comes from: { from: entry.properties.category }.',
  },
);

/** What is filled in where a condition says `{ param: NAME }`, by name. */
export const ParamValues = z
  .record(z.string().min(1).max(200), Value)
  .refine((values) => Object.keys(values).length <= VALUES_MAX, {
    error: `Fill in at most ${String(VALUES_MAX)} values.`,
  })
  .meta({
    id: 'ParamValues',
    description: 'What is filled in where the condition says `{ param: NAME }`.',
  });
export type ParamValues = z.infer<typeof ParamValues>;

/** The values themselves; one that what began the run does not have is left open. */
export function fillParams(values: ParamValues | undefined, entry: RunEntry): Record<string, Json> {
  const filled = Object.entries(values ?? {}).flatMap(([name, value]): [string, Json][] => {
    if (typeof value !== 'object' || Array.isArray(value)) return [[name, value]];
    const found = readEntry(entry, value.from);
    return found === undefined ? [] : [[name, found]];
  });
  return Object.fromEntries(filled);
}
