import type { StoredEvent } from '#domain/event/event.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import { entryKeyOf, entryMatches, exitMatches } from '#domain/journey/match-entry.ts';
import { mayEnter } from '#domain/journey/may-enter.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import { runId } from '#domain/journey/run-id.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import type { LiveJourney } from './live-journey.ts';
import type { Work } from './work.ts';

/** The event by which an API call asks for a run: one way in for everything that happens. */
export const RUN_REQUESTED = 'Journey Requested';

/** Begins the runs this event enters, in every live journey. */
export function enterByEvent(work: Work, event: StoredEvent, profile: Profile): void {
  for (const journey of work.input.journeys) {
    if (journey.status !== 'live') continue;
    const entry = entryOf(journey, event);
    if (entry === null) continue;
    const { when } = 'event' in journey.definition.entry ? journey.definition.entry : {};
    if (when !== undefined && !evaluate(when, work.facts(profile), work.input.now).holds) continue;
    if (isPointless(work, journey.definition, entry, profile._id)) continue;
    const speed = speedOf(event);
    tryEnter(work, journey, profile, { entry, entryKey: keyOf(journey, event, entry), speed });
  }
}

function entryOf(journey: LiveJourney, event: StoredEvent): RunEntry | null {
  const told = runEvent(event);
  const { entry } = journey.definition;
  const common = { id: event._id, at: event.occurredAt };
  if ('api' in entry) {
    if (event.name !== RUN_REQUESTED || event.source !== 'admin') return null;
    if (event.properties.journey !== journey.key) return null;
    const { properties } = event.properties;
    const given = typeof properties === 'object' && !Array.isArray(properties) ? properties : null;
    return { ...common, kind: 'api', event: null, properties: given ?? {} };
  }
  if (!('event' in entry) || !entryMatches(journey.definition, told)) return null;
  return { ...common, kind: 'event', event: told, properties: event.properties };
}

function keyOf(journey: LiveJourney, event: StoredEvent, entry: RunEntry): string | null {
  if (entry.kind === 'event') return entryKeyOf(journey.definition, runEvent(event));
  const { key } = event.properties;
  return typeof key === 'string' ? key : null;
}

/** What of a stored event a run may see. */
export function runEvent(event: StoredEvent): NonNullable<RunEntry['event']> {
  const { _id: id, name, occurredAt, receivedAt, properties, context } = event;
  return { id, name, occurredAt, receivedAt, properties, ...(context ? { context } : {}) };
}

/**
 * Whether an exit that happened at or after the entry was already seen: an order that arrives
 * before the cart it bought makes the cart's run pointless.
 */
function isPointless(work: Work, journey: Journey, entry: RunEntry, profileId: string): boolean {
  return (journey.exits ?? []).some((exit) =>
    work.events(profileId, exit.event).some(
      (seen) =>
        seen.occurredAt >= entry.at &&
        seen.id !== entry.id &&
        exitMatches(journey, entry, {
          id: seen.id,
          name: exit.event,
          occurredAt: seen.occurredAt,
          receivedAt: seen.occurredAt,
          properties: seen.properties,
        }) !== null,
    ),
  );
}

interface Admission {
  entry: RunEntry;
  entryKey: string | null;
  /** How much faster a rehearsed run lives. */
  speed?: number | null;
}

/** Begins a run if the re-entry rule lets this person in again; says whether it did. */
export function tryEnter(
  work: Work,
  journey: LiveJourney,
  profile: Profile,
  { entry, entryKey, speed }: Admission,
): boolean {
  const { definition } = journey;
  const zone = profile.zone ?? work.input.settings.defaultZone;
  const reentry = definition.entry.reentry ?? 'never';
  const prior = work.priorRuns(journey.key, profile._id, entryKey);
  const lastEntryAt = prior.reduce<number | null>(
    (last, run) => (last === null || run.enteredAt > last ? run.enteredAt : last),
    null,
  );
  const history = {
    ever: prior.length > 0,
    running: prior.some((run) => run.running),
    lastEntryAt,
  };
  const enteredAt = work.input.now;
  if (!mayEnter(reentry, history, enteredAt, zone)) return false;
  const id = runId({
    journey: journey.key,
    profileId: profile._id,
    entryKey,
    ...(reentry === 'never' ? {} : { distinguisher: entry.id }),
  });
  if (prior.some((run) => run.id === id)) return false;
  work.begin({
    id,
    journey: journey.key,
    version: journey.version,
    profileId: profile._id,
    entryKey,
    entry,
    enteredAt,
    exits: [...new Set((definition.exits ?? []).map((exit) => exit.event))],
    goal:
      definition.goal === undefined
        ? null
        : {
            event: definition.goal.event,
            until: addDuration(enteredAt, definition.goal.within, zone),
          },
    ...(speed == null ? {} : { speed }),
  });
  return true;
}

/** Fastest rehearsal: an hour passes in a hundredth of a second. */
const SPEED_MAX = 360_000;

/**
 * A rehearsal: the entering event itself may ask that the waits of its run pass faster
 * (`context.rehearsal.speed`); a browser's public key may not.
 */
function speedOf({ source, context }: StoredEvent): number | null {
  const rehearsal = source === 'browser' ? null : (context?.rehearsal ?? null);
  if (typeof rehearsal !== 'object' || rehearsal === null || Array.isArray(rehearsal)) return null;
  const { speed } = rehearsal;
  return typeof speed === 'number' && speed > 1 ? Math.min(speed, SPEED_MAX) : null;
}
