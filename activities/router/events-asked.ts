import type { LiveJourney } from '#domain/apply/live-journey.ts';
import type { Condition } from '#domain/condition/condition.ts';
import { reads } from '#domain/condition/reads.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { exitEvents, segmentPattern } from '#domain/journey/match-entry.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { longestMs } from '#domain/time/duration.ts';

/** Past events to be read: by name, from which instant on (epoch ms; 0: all there are). */
export type Asked = Map<string, number>;

/**
 * Which past events conditions and exits may look back at. `batch` are the events at hand; null where only watched journeys are looked at.
 */
export function eventsAsked(
  journeys: readonly LiveJourney[],
  batch: readonly StoredEvent[] | null,
  now: number,
): Asked {
  const oldest = (batch ?? []).reduce((at, event) => Math.min(at, event.occurredAt), now);
  const names = new Set((batch ?? []).map((event) => event.name));
  const asked: Asked = new Map();
  for (const { definition } of journeys) {
    for (const [name, since] of lookBack(definition, names, oldest)) {
      asked.set(name, Math.min(asked.get(name) ?? since, since));
    }
  }
  return asked;
}

function lookBack(
  journey: Journey,
  names: ReadonlySet<string>,
  oldest: number,
): [name: string, since: number][] {
  const { entry } = journey;
  // A window is looked at from the oldest event of the batch on, as well as from now.
  const asksOf = (condition: Condition | undefined): [string, number][] =>
    (condition === undefined ? [] : reads(condition).events).map(({ name, since }) => [
      name,
      since === null ? 0 : oldest - longestMs(since),
    ]);
  if ('becomes' in entry) return asksOf(entry.becomes);
  const begins = entryEvent(entry);
  if (begins === null || !names.has(begins)) return [];
  return [
    ...asksOf('when' in entry ? entry.when : undefined),
    ...exitEvents(journey).map((name): [string, number] => [name, oldest]),
  ];
}

/** The event that brings somebody in; null where none does. */
function entryEvent(entry: Journey['entry']): string | null {
  if ('segment' in entry) return segmentPattern(entry.segment).event;
  return 'event' in entry ? entry.event : null;
}

/** What segments need that were defined since some of these profiles were last looked at. */
export function eventsMissing(
  catalogue: SegmentCatalogue,
  profiles: Iterable<Profile>,
  now: number,
): Asked {
  let oldest = catalogue.generation;
  for (const { segmentState, mergedInto } of profiles) {
    if (mergedInto === null) oldest = Math.min(oldest, segmentState?.generation ?? 0);
  }
  return catalogue.missing(oldest, now);
}

export function bothAsked(one: Asked, other: Asked): Asked {
  const both: Asked = new Map(one);
  for (const [name, since] of other) both.set(name, Math.min(both.get(name) ?? since, since));
  return both;
}
