import type { Filter } from 'mongodb';
import type { PastEvent } from '#domain/apply/plan.ts';
import type { Condition } from '#domain/condition/condition.ts';
import { conditionQuery, type QuerySetting } from '#domain/segment/condition-query.ts';
import { ASKED, definitionsFor } from '#domain/segment/definitions-for.ts';
import {
  eventsToRead,
  segmentsNow,
  type Given,
  type SegmentDefinitions,
} from '#domain/segment/segments-now.ts';
import { addLookBack, type LookBack, type LookBacks } from '#domain/event/look-back.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { inParts } from '#platform/in-parts.ts';
import type { Collections } from '#platform/mongo.ts';
import {
  COUNT_WITHIN_MS,
  lookAtProfiles,
  ofAll,
  withinTime,
  type Share,
} from './look-at-profiles.ts';

/** Reads what is needed of applied events of some profiles; events/event-store.ts. */
export type ReadPast = (
  profileIds: readonly string[],
  asked: LookBacks,
  bytesMax?: number,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, readonly PastEvent[]>>>;

export interface CountDeps {
  collections: Pick<Collections, 'profiles' | 'segments'>;
  definitions: SegmentDefinitions;
  past: ReadPast;
  given: Given;
  /** Ms that a query may count for; then some customers are looked at. */
  countWithinMs?: number;
  /** Bytes of events of several customers that may be held at once; platform/in-parts.ts. */
  lookBackBytesMax?: number;
}

/** How many a condition holds of, with the ids of a few. */
export interface Counted {
  count: number;
  sample: string[];
  /** What the number rests on; null: a query counted everybody. */
  share: Share | null;
}

/** Customers shown with a count: enough to see whether it says what was meant. */
const SAMPLE_MAX = 10;

/**
 * Counts of whom a condition holds now. A query counts where it can say the condition; else
 * customers are looked at one by one, within limits, with the events that it asks for.
 */
export async function countCondition(deps: CountDeps, condition: Condition): Promise<Counted> {
  const { profiles } = deps.collections;
  const { filter, exact } = conditionQuery(condition, await querySetting(deps));
  const known: Filter<Profile> = { ...filter, mergedInto: null };
  if (!exact) return countByLooking(deps, condition, known);
  const within = { maxTimeMS: deps.countWithinMs ?? COUNT_WITHIN_MS };
  const counted = await withinTime(
    Promise.all([
      profiles.countDocuments(known, within),
      profiles.find(known, within).project<{ _id: string }>({ _id: 1 }).limit(SAMPLE_MAX).toArray(),
    ]),
  );
  if (counted === null) return countByLooking(deps, condition, known);
  const [count, rows] = counted;
  return { count, sample: rows.map(({ _id }) => _id), share: null };
}

/** What a query may rely on now. */
export async function querySetting(deps: CountDeps): Promise<QuerySetting> {
  const { collections, definitions, given } = deps;
  const filling = await collections.segments
    .find({ isKept: true, filledAt: null })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  const unfilled = new Set(filling.map(({ _id }) => _id));
  return {
    currency: given.settings.shopCurrency,
    consentDefault: (channel) => given.settings.consentWhenUnknown[channel] === 'allow',
    isKept: (key) => definitions.kept.has(key) && !unfilled.has(key),
  };
}

async function countByLooking(
  { collections, countWithinMs, ...deps }: CountDeps,
  condition: Condition,
  filter: Filter<Profile>,
): Promise<Counted> {
  const holdsOf = createHoldsOf(deps, condition);
  const sample: string[] = [];
  let found = 0;
  const visit = async (page: Profile[]): Promise<void> => {
    const standing = page.filter(({ mergedInto }) => mergedInto === null);
    for (const { _id } of await holdsOf(standing)) {
      found += 1;
      if (sample.length < SAMPLE_MAX) sample.push(_id);
    }
  };
  const share = await lookAtProfiles(collections, filter, visit, { countWithinMs });
  return { count: ofAll(found, share), sample, share };
}

/** Those of some profiles of whom a condition holds, looked at one by one with their events. */
export function createHoldsOf(
  { definitions, past, given, lookBackBytesMax }: Omit<CountDeps, 'collections'>,
  condition: Condition,
): (page: readonly Profile[]) => Promise<Profile[]> {
  const needed = definitionsFor(condition, definitions);
  const look = async (page: readonly Profile[], bytesMax: number): Promise<Profile[]> => {
    const ids = page.map(({ _id }) => _id);
    const events = await past(ids, askedOf(page, needed, given), bytesMax);
    return page.filter((profile) => {
      const byName = events.get(profile._id);
      const keys = segmentsNow(needed, profile, (name) => byName?.get(name) ?? [], given);
      return keys.has(ASKED);
    });
  };
  return async (page) => (await inParts(page, look, lookBackBytesMax)).flat();
}

function askedOf(page: readonly Profile[], needed: SegmentDefinitions, given: Given): LookBacks {
  const asked = new Map<string, LookBack>();
  for (const profile of page) {
    for (const [name, read] of eventsToRead(needed, profile, given)) {
      addLookBack(asked, name, read);
    }
  }
  return asked;
}
