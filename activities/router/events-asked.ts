import type { LiveJourney } from '#domain/apply/live-journey.ts';
import type { Condition } from '#domain/condition/condition.ts';
import { reads } from '#domain/condition/reads.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { addLookBack, type LookBack, type LookBacks } from '#domain/event/look-back.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { exitReads, segmentPattern } from '#domain/journey/match-entry.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { longestMs } from '#domain/time/duration.ts';

/**
 * Which past events conditions and exits may look back at. `batch` are the events at hand; null where only watched journeys are looked at.
 */
export function eventsAsked(
  journeys: readonly LiveJourney[],
  batch: readonly StoredEvent[] | null,
  now: number,
): Map<string, LookBack> {
  const oldest = (batch ?? []).reduce((at, event) => Math.min(at, event.occurredAt), now);
  const names = new Set((batch ?? []).map((event) => event.name));
  const asked = new Map<string, LookBack>();
  for (const { definition } of journeys) {
    for (const { name, ...read } of lookBack(definition, names, oldest)) {
      addLookBack(asked, name, read);
    }
  }
  return asked;
}

interface Needed {
  name: string;
  /** Epoch ms; 0: all there are. */
  since: number;
  paths: readonly string[];
}

/** Events that a condition needs to be asked at `from` (epoch ms) or later. */
export function neededBy(condition: Condition, from: number): Needed[] {
  return reads(condition).events.map(({ name, since, paths }) => ({
    ...{ name, paths },
    since: since === null ? 0 : from - longestMs(since),
  }));
}

function lookBack(journey: Journey, names: ReadonlySet<string>, oldest: number): Needed[] {
  const { entry } = journey;
  // A window is looked at from the oldest event of the batch on, as well as from now.
  const asksOf = (condition: Condition | undefined): Needed[] =>
    condition === undefined ? [] : neededBy(condition, oldest);
  if ('becomes' in entry) return asksOf(entry.becomes);
  const begins = entryEvent(entry);
  if (begins === null || !names.has(begins)) return [];
  return [
    ...asksOf('when' in entry ? entry.when : undefined),
    ...exitReads(journey).map(([name, paths]) => ({ name, since: oldest, paths })),
  ];
}

/** The event that brings somebody in; null where none does. */
function entryEvent(entry: Journey['entry']): string | null {
  if ('segment' in entry) return segmentPattern(entry.segment).event;
  return 'event' in entry ? entry.event : null;
}

/** What segments need that were defined since some of these profiles were last looked at. */
function eventsMissing(
  catalogue: SegmentCatalogue,
  profiles: Iterable<Profile>,
  now: number,
): Map<string, LookBack> {
  let oldest = catalogue.generation;
  for (const { segmentState, mergedInto } of profiles) {
    if (mergedInto === null) oldest = Math.min(oldest, segmentState?.generation ?? 0);
  }
  return catalogue.missing(oldest, now);
}

interface Looked {
  journeys: readonly LiveJourney[];
  segments: SegmentCatalogue;
  profiles: Iterable<Profile>;
}

/** Which past events must be read to look at some profiles: for journeys, and for segments they miss. */
export function pastAsked(
  { journeys, segments, profiles }: Looked,
  batch: readonly StoredEvent[] | null,
  now: number,
): LookBacks {
  const asked = eventsAsked(journeys, batch, now);
  for (const [name, read] of eventsMissing(segments, profiles, now)) {
    addLookBack(asked, name, read);
  }
  return asked;
}
