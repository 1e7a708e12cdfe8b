import type { Journey } from './journey.ts';
import { kindOf } from './steps/kinds.ts';

/**
 * Names of the events that may begin a run of this journey, move it, end it or count for its goal:
 * an event of any other name is nothing to it.
 */
export function listenedNames({ entry, exits = [], goal, steps }: Journey): Set<string> {
  return new Set([
    ...('event' in entry ? [entry.event] : []),
    ...exits.map((exit) => exit.event),
    ...(goal === undefined ? [] : [goal.event]),
    ...Object.values(steps).flatMap((step) => kindOf(step).listens(step)),
  ]);
}
