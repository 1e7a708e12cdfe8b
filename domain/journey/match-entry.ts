import type { RunEvent } from '#domain/event/event.ts';
import type { Json } from '#domain/json.ts';
import { readPath } from '#domain/json.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { SegmentWay } from '#domain/journey/entry.ts';
import { matchesEvent, scalarText, type EventPattern } from '#domain/journey/match-event.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import { kindOf } from '#domain/journey/steps/kinds.ts';
import { SEGMENT_ENTERED, SEGMENT_LEFT } from '#domain/segment/segment.ts';
import { addDuration } from '#domain/time/add-duration.ts';

type Exit = NonNullable<Journey['exits']>[number];

/** Names of all events a journey cares for, each once and in the order of the definition. */
export interface JourneyListens {
  /** Begins runs, where the journey is entered by an event. */
  entry: string | null;
  exits: string[];
  goal: string | null;
  /** What any of its steps may wait for. */
  steps: string[];
}

export function listensOf(journey: Journey): JourneyListens {
  const steps = Object.values(journey.steps).flatMap((step) => kindOf(step).listens(step));
  return {
    entry: 'event' in journey.entry ? journey.entry.event : null,
    exits: exitEvents(journey),
    goal: journey.goal?.event ?? null,
    steps: [...new Set(steps)],
  };
}

/** Whether an event is the one that begins runs of this journey; its `when` is asked apart. */
export function entryMatches(journey: Journey, event: RunEvent): boolean {
  const { entry } = journey;
  return 'event' in entry && matchesEvent({ event: entry.event, where: entry.where }, null, event);
}

/** The value that tells runs of one person apart; null where the journey or the event has none. */
export function entryKeyOf(journey: Journey, event: RunEvent): string | null {
  const { entry } = journey;
  if (!('event' in entry) || entry.key === undefined) return null;
  return scalarText(readPath(event, entry.key));
}

/** Names of the events that may end a run, each once. */
export function exitEvents({ exits = [] }: Pick<Journey, 'exits'>): string[] {
  return [...new Set(exits.map((exit) => patternOf(exit).event))];
}

/** What exits read of events, by name: of these nothing else must be there to look back at them. */
export function exitReads({
  exits = [],
}: Pick<Journey, 'exits'>): [name: string, paths: string[]][] {
  return exits.map((exit) => {
    const { event, where, match } = patternOf(exit);
    return [event, [...Object.keys(where ?? {}), ...Object.keys(match ?? {})]];
  });
}

/** The first exit this event means for a run that began with `entry`; null: it goes on. */
export function exitMatches(
  journey: Journey,
  entry: RunEntry,
  event: RunEvent,
): EventPattern | null {
  const exit = journey.exits?.find((one) => matchesEvent(patternOf(one), entry, event));
  return exit === undefined ? null : patternOf(exit);
}

/** The event that an exit means: of segments it is told by Kairos itself, and by nobody else. */
function patternOf(exit: Exit): EventPattern {
  return 'segment' in exit ? segmentPattern(exit.segment) : exit;
}

/** The same way always gives the same pattern, whose filter is then compiled once. */
const patterns = new WeakMap<SegmentWay, EventPattern>();

/** The event that coming into a segment is, or going out of it. */
export function segmentPattern(way: SegmentWay): EventPattern {
  let pattern = patterns.get(way);
  if (pattern === undefined) {
    pattern = patternOfWay(way);
    patterns.set(way, pattern);
  }
  return pattern;
}

function patternOfWay(way: SegmentWay): EventPattern {
  const [event, key] = 'enters' in way ? [SEGMENT_ENTERED, way.enters] : [SEGMENT_LEFT, way.leaves];
  return { event, where: { 'properties.segment': { is: key } }, source: 'kairos' };
}

/**
 * Whether this event is what the journey is for: it matches and happened within the goal's window
 * from the entry on. `value` is what the event says at the goal's path (money in major units).
 */
export function goalMatches(
  journey: Journey,
  entry: RunEntry,
  event: RunEvent,
  zone = 'UTC',
): { value: Json | null } | null {
  const { goal } = journey;
  if (goal === undefined || !matchesEvent(goal, entry, event)) return null;
  const isWithin =
    event.occurredAt >= entry.at && event.occurredAt <= addDuration(entry.at, goal.within, zone);
  if (!isWithin) return null;
  return { value: goal.value === undefined ? null : (readPath(event, goal.value) ?? null) };
}
