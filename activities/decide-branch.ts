import { factsOf } from '#domain/apply/work.ts';
import type { FoldSettings } from '#domain/apply/plan.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import { addLookBack, type LookBack } from '#domain/event/look-back.ts';
import { fillParams } from '#domain/journey/param-values.ts';
import type { Case } from '#domain/journey/steps/branch.ts';
import { segmentsRead } from '#domain/segment/catalogue.ts';
import { ASKED, definitionsFor } from '#domain/segment/definitions-for.ts';
import {
  eventsToRead,
  segmentsNow,
  type EventsByName,
  type Given,
  type SegmentDefinitions,
} from '#domain/segment/segments-now.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { EventStore } from '#events/event-store.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import type { LiveSegments } from '#segments/live-segments.ts';
import { neededBy } from './router/events-asked.ts';

export interface DecideDeps {
  profiles: Pick<ProfileStore, 'follow'>;
  events: Pick<EventStore, 'past'>;
  segments: Pick<LiveSegments, 'definitions'>;
  settings: FoldSettings;
}

/** Index of the first case that holds for a run's customer at an instant; -1 when none does. */
export type DecideBranch = (
  run: StoredRun,
  cases: readonly (Case | null)[],
  now: number,
) => Promise<number>;

/** A question that can be put to a profile with the events that it needs. */
interface Question {
  addNeeds(needed: Map<string, LookBack>, profile: Profile): void;
  holds(profile: Profile, events: EventsByName): boolean;
}

/** Decides branches by the profile as it stands, earlier events and what began the run. */
export function createDecideBranch({
  profiles,
  events,
  segments,
  settings,
}: DecideDeps): DecideBranch {
  return async function decideBranch(run, cases, now) {
    const profile = await profiles.follow(run.profileId);
    if (profile === null) return -1;
    const readsOthers = cases.some((one) => one !== null && segmentsRead(one.when).length > 0);
    const definitions = readsOthers ? await segments.definitions() : null;
    const { entry, responses = {} } = run;
    const context = { entry: { properties: entry.properties }, responses };
    const questions = cases.map((one) => {
      if (one === null) return null;
      const params = fillParams(one.params, entry);
      return questionOf(one, definitions, { context, params, settings, now });
    });
    const needed = new Map<string, LookBack>();
    for (const question of questions) question?.addNeeds(needed, profile);
    const byName = (await events.past([profile._id], needed)).get(profile._id);
    return questions.findIndex(
      (question) => question?.holds(profile, (name) => byName?.get(name) ?? []) ?? true,
    );
  };
}

function questionOf(
  { when }: Case,
  definitions: SegmentDefinitions | null,
  given: Given,
): Question {
  const { context, params = {}, settings, now } = given;
  const isOpen = segmentsRead(when).some((key) => definitions?.contextual.has(key) === true);
  if (definitions !== null && isOpen) return openQuestion(definitionsFor(when, definitions), given);
  return {
    addNeeds(needed) {
      for (const { name, ...read } of neededBy(when, now)) addLookBack(needed, name, read);
    },
    holds: (profile, events) =>
      evaluate(when, { ...factsOf(profile, events, settings), context, params }, now).holds,
  };
}

/** Of a condition that reads segments without members of their own: they are asked with it. */
function openQuestion(definitions: SegmentDefinitions, given: Given): Question {
  return {
    addNeeds(needed, profile) {
      for (const [name, read] of eventsToRead(definitions, profile, given)) {
        addLookBack(needed, name, read);
      }
    },
    holds: (profile, events) => segmentsNow(definitions, profile, events, given).has(ASKED),
  };
}
