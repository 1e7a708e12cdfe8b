import { z } from 'zod';
import { compileOperators } from '#domain/condition/compile-operators.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { Setting } from '#domain/condition/operand.ts';
import { NAME_MAX, Operators, saysSomething } from '#domain/condition/operators.ts';
import { readParts } from '#domain/json.ts';
import { ZONE_DEFAULT } from '#domain/time/zone.ts';

/** More than this says that the event is the wrong one. */
const PATHS_MAX = 20;

/** A dotted path into an event: `properties.revenue`, `properties.products.0.price`. */
export const EventPath = z
  .string({ error: 'Write a path such as properties.revenue.' })
  .max(NAME_MAX, `A path may have at most ${String(NAME_MAX)} characters.`)
  .regex(/^(?:properties|context)(?:\.[^.]+)+$/, {
    error: 'A path starts with "properties." or "context.", such as properties.revenue.',
  });
export type EventPath = z.infer<typeof EventPath>;

const NOTHING_SAID = 'Say how to compare, for example is, gte or exists.';

/** A filter of events: what must hold of the values at some paths, all of them together. */
export const Where = z
  .record(EventPath, Operators.refine(saysSomething, NOTHING_SAID), {
    error: 'Write paths and what must hold there, as in { properties.revenue: { gte: 50 } }.',
  })
  .refine((where) => Object.keys(where).length > 0, 'Name at least one path, or leave it out.')
  .refine((where) => Object.keys(where).length <= PATHS_MAX, `At most ${String(PATHS_MAX)} paths.`);
export type Where = z.infer<typeof Where>;

/** What a filter may need beside the event: the customer's zone and values of parameters. */
export type WhereSetting = Partial<Setting>;

/** Whether an event passes a filter. */
type WhereTest = (source: FactEvent, setting: Setting) => boolean;

const compiled = new WeakMap<Where, WhereTest>();

/**
 * Whether an event passes a filter. Operators that speak of time (`withinLast`, `before: now`,
 * `anniversary`) count from the event's own instant, so the answer for one event never changes.
 */
export function matchesWhere(
  where: Where | undefined,
  source: FactEvent,
  { zone = ZONE_DEFAULT, params }: WhereSetting = {},
): boolean {
  if (where === undefined) return true;
  let test = compiled.get(where);
  if (test === undefined) {
    test = compileWhere(where);
    compiled.set(where, test);
  }
  return test(source, { zone, params });
}

function compileWhere(where: Where): WhereTest {
  const checks = Object.entries(where).map(([path, operators]) => ({
    parts: path.split('.'),
    check: compileOperators(operators, 'guess'),
  }));
  return (source, setting) =>
    checks.every(
      ({ parts, check }) => check(readParts(source, parts), setting, source.occurredAt).holds,
    );
}
