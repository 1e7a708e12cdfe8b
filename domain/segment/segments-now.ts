import { factsOf } from '#domain/apply/work.ts';
import type { FoldSettings } from '#domain/apply/plan.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { Facts } from '#domain/condition/facts.ts';
import { addLookBack, pathsOfAsk, type LookBack } from '#domain/event/look-back.ts';
import type { Json } from '#domain/json.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { CompiledSegment, SegmentCatalogue } from './catalogue.ts';
import { keptFor, NOTHING_KEPT } from './kept-matches.ts';

/** All segments there are: those whose members are kept, and those evaluated when asked for. */
export interface SegmentDefinitions {
  kept: SegmentCatalogue;
  contextual: SegmentCatalogue;
  /** Names of the values to be filled in, by the key of a contextual segment. */
  params: ReadonlyMap<string, readonly string[]>;
}

/** Keys of all segments there are. */
export function segmentKeys({ kept, contextual }: SegmentDefinitions): string[] {
  return [...kept.segments, ...contextual.segments].map(({ key }) => key);
}

/** What somebody asks with. */
export interface Given {
  /** Facts of the request in hand. */
  context?: Json | undefined;
  params?: Readonly<Record<string, Json>> | undefined;
  settings: FoldSettings;
  /** Epoch ms. */
  now: number;
}

/** Reads the events of the customer by name, as `eventsToRead` asked for them. */
export type EventsByName = (name: string) => readonly FactEvent[];

/**
 * Segments to be looked at again for an answer of this moment: those that a profile was never
 * looked at for, those whose instant has come, and contextual ones whose values are filled in.
 */
function toLookAt(
  { kept, contextual, params }: SegmentDefinitions,
  profile: Profile,
  given: Given,
): CompiledSegment[] {
  const { flips = {}, generation = 0 } = profile.segmentState ?? {};
  const due = kept.segments.filter(
    ({ key, generation: own }) => own > generation || (flips[key] ?? Infinity) <= given.now,
  );
  const isFilled = ({ key }: CompiledSegment): boolean =>
    (params.get(key) ?? []).every((name) => Object.hasOwn(given.params ?? {}, name));
  return [...due, ...contextual.segments.filter(isFilled)];
}

/**
 * Which of a profile's events must be read to answer, and what of each, by name. Empty where what is kept on the profile suffices, as it does for all but contextual conditions on
 * events that no kept segment counts.
 */
export function eventsToRead(
  definitions: SegmentDefinitions,
  profile: Profile,
  given: Given,
): Map<string, LookBack> {
  const read = new Map<string, LookBack>();
  const generation = profile.segmentState?.generation ?? 0;
  for (const { asks } of toLookAt(definitions, profile, given)) {
    for (const { id, ask, keep } of asks) {
      if (definitions.kept.isCounted(id, generation)) continue;
      const since = keep.kind === 'window' ? given.now - keep.ms : 0;
      addLookBack(read, ask.event, { since, paths: pathsOfAsk(ask) });
    }
  }
  return read;
}

/** Keys of the segments a profile is in at this moment, contextual ones included. */
export function segmentsNow(
  definitions: SegmentDefinitions,
  profile: Profile,
  events: EventsByName,
  given: Given,
): Set<string> {
  const { kept } = definitions;
  const looked = new Set(toLookAt(definitions, profile, given));
  const changed = new Set<string>();
  const keys = new Set(
    (profile.segments ?? []).map(({ key }) => key).filter((key) => kept.has(key)),
  );
  const facts = factsNow(definitions, profile, { events, given, segments: keys });
  for (const segment of [...kept.segments, ...definitions.contextual.segments]) {
    const { key, holds, readsSegments } = segment;
    const isAsked =
      looked.has(segment) || (kept.has(key) && readsSegments.some((one) => changed.has(one)));
    if (holds === null || !isAsked) continue;
    const { holds: isIn } = holds(facts, given.now);
    if (isIn === keys.has(key)) continue;
    changed.add(key);
    if (isIn) keys.add(key);
    else keys.delete(key);
  }
  return keys;
}

/** The facts of a profile as its segments see them: with what is kept for the asks they make. */
export function factsNow(
  { kept, contextual }: SegmentDefinitions,
  profile: Profile,
  { events, given, segments }: { events: EventsByName; given: Given; segments: Set<string> },
): Facts {
  const { kept: known = {}, generation = 0 } = profile.segmentState ?? {};
  return {
    ...factsOf(profile, events, given.settings),
    segments,
    ...(given.context === undefined ? {} : { context: given.context }),
    ...(given.params === undefined ? {} : { params: given.params }),
    kept: (ask) => {
      const asked = kept.keptAs(ask) ?? contextual.keptAs(ask);
      if (asked === undefined || !kept.isCounted(asked.id, generation)) return undefined;
      return keptFor(known[asked.id] ?? NOTHING_KEPT, asked.keep);
    },
  };
}
