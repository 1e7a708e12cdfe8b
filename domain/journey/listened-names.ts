import type { Journey } from './journey.ts';
import { exitEvents } from './match-entry.ts';
import { kindOf } from './steps/kinds.ts';

/**
 * Names of the events that may begin a run of this journey, move it, end it or count for its goal:
 * an event of any other name is nothing to it.
 */
export function listenedNames(journey: Journey): Set<string> {
  const { entry, goal, steps } = journey;
  return new Set([
    ...('event' in entry ? [entry.event] : []),
    ...exitEvents(journey),
    ...(goal === undefined ? [] : [goal.event]),
    ...Object.values(steps).flatMap((step) => kindOf(step).listens(step)),
  ]);
}
