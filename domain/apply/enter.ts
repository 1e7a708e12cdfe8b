import type { StoredEvent } from '#domain/event/event.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import {
  entryKeyOf,
  entryMatches,
  exitEvents,
  exitMatches,
  segmentPattern,
} from '#domain/journey/match-entry.ts';
import { matchesEvent } from '#domain/journey/match-event.ts';
import { mayEnter } from '#domain/journey/may-enter.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { fillParams } from '#domain/journey/param-values.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import { runId } from '#domain/journey/run-id.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import type { LiveJourney } from './live-journey.ts';
import { pastEvent } from './past-event.ts';
import type { Work } from './work.ts';

/** The event by which an API call asks for a run: one way in for everything that happens. */
export const RUN_REQUESTED = 'Journey Requested';

/** Begins the runs this event enters, in every live journey. */
export function enterByEvent(work: Work, event: StoredEvent, profile: Profile): void {
  for (const journey of work.input.journeys) {
    if (journey.status !== 'live') continue;
    if (isHistory(event) && !takesHistory(journey)) continue;
    const entry = entryOf(journey, event);
    if (entry === null) continue;
    const { entry: way } = journey.definition;
    if (('event' in way || 'segment' in way) && way.when !== undefined) {
      const facts = { ...work.facts(profile), params: fillParams(way.params, entry) };
      if (!evaluate(way.when, facts, work.input.now).holds) continue;
    }
    if (isPointless(work, journey.definition, entry, profile._id)) continue;
    const speed = speedOf(event);
    tryEnter(work, journey, profile, { entry, entryKey: keyOf(journey, event, entry), speed });
  }
}

function entryOf(journey: LiveJourney, event: StoredEvent): RunEntry | null {
  const told = runEvent(event);
  const { entry } = journey.definition;
  const common = { id: event._id, at: event.occurredAt };
  if ('api' in entry) return isRequested(journey, event) ? requested(event) : null;
  if ('segment' in entry) {
    if (!matchesEvent(segmentPattern(entry.segment), null, told)) return null;
    return { ...common, kind: 'segment', event: told, properties: event.properties };
  }
  if (!('event' in entry) || !entryMatches(journey.definition, told)) return null;
  return { ...common, kind: 'event', event: told, properties: event.properties };
}

function isRequested({ key }: LiveJourney, { name, source, properties }: StoredEvent): boolean {
  return name === RUN_REQUESTED && source === 'admin' && properties.journey === key;
}

function requested({ _id: id, occurredAt: at, properties: asked }: StoredEvent): RunEntry {
  const { properties } = asked;
  const given = typeof properties === 'object' && !Array.isArray(properties) ? properties : null;
  return { kind: 'api', id, at, event: null, properties: given ?? {} };
}

/** Imported: it may have happened long ago, and nobody expects an answer to it. */
export function isHistory({ context }: Pick<StoredEvent, 'context'>): boolean {
  return context?.import !== undefined;
}

/** Whether a journey also takes those whom only an import brings in. */
export function takesHistory({ definition: { entry } }: LiveJourney): boolean {
  return 'imported' in entry && entry.imported === true;
}

function keyOf(journey: LiveJourney, event: StoredEvent, entry: RunEntry): string | null {
  if (entry.kind === 'event') return entryKeyOf(journey.definition, runEvent(event));
  const { key } = event.properties;
  return typeof key === 'string' ? key : null;
}

/** What of a stored event a run may see. */
export function runEvent(event: StoredEvent): NonNullable<RunEntry['event']> {
  const { name, receivedAt } = event;
  const isBrowsers = event.source === 'browser';
  return { ...pastEvent(event), name, receivedAt, ...(isBrowsers && { byBrowser: true }) };
}

/**
 * Whether an exit that happened at or after the entry was already seen: an order that arrives
 * before the cart it bought makes the cart's run pointless.
 */
function isPointless(work: Work, journey: Journey, entry: RunEntry, profileId: string): boolean {
  return exitEvents(journey).some((name) =>
    work
      .events(profileId, name)
      .some(
        (seen) =>
          seen.occurredAt >= entry.at &&
          seen.id !== entry.id &&
          exitMatches(journey, entry, { ...seen, name, receivedAt: seen.occurredAt }) !== null,
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
    exits: exitEvents(definition),
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
