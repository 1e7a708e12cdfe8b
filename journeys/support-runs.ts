import type { StoredJourney, StoredRun, StoredVersion } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** Which runs of one person are wanted. */
export interface SupportFilter {
  profileId: string;
  journey?: string | undefined;
  run?: string | undefined;
}

/** Runs of one person with where they stand, newest first. */
export async function supportRuns(
  { runs }: Pick<Collections, 'runs'>,
  { profileId, journey, run }: SupportFilter,
  limit: number,
): Promise<StoredRun[]> {
  return runs
    .find({
      profileId,
      ...(journey === undefined ? {} : { journey }),
      ...(run === undefined ? {} : { _id: run }),
    })
    .sort({ enteredAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

/** What re-entry rules ask of a person's earlier runs. */
export type PastRun = Pick<StoredRun, 'journey' | 'entryKey' | 'enteredAt' | 'status'> & {
  entry: { id: string };
};

/** More runs of one person than this say nothing new about why the latest event let nobody in. */
const PAST_MAX = 1_000;

export async function pastRuns(
  { runs }: Pick<Collections, 'runs'>,
  profileId: string,
): Promise<PastRun[]> {
  return runs
    .find({ profileId })
    .sort({ enteredAt: -1, _id: -1 })
    .limit(PAST_MAX)
    .project<PastRun>({ journey: 1, entryKey: 1, enteredAt: 1, status: 1, 'entry.id': 1 })
    .toArray();
}

/** A journey with the definition people enter by now, and the instant of its first version. */
export interface JourneyStanding {
  journey: StoredJourney;
  published: { definition: StoredVersion['definition']; firstAt: number } | null;
}

/** Journeys explained at once: more than any support screen shows; a filter asks for one of them. */
const JOURNEYS_MAX = 200;

/** The journeys by key, or the one asked for, with what entering them needs. */
export async function journeyStandings(
  { journeys, journeyVersions }: Pick<Collections, 'journeys' | 'journeyVersions'>,
  key: string | undefined,
): Promise<JourneyStanding[]> {
  const found = await journeys
    .find(key === undefined ? {} : { _id: key })
    .sort({ _id: 1 })
    .limit(JOURNEYS_MAX)
    .toArray();
  const ids = found.flatMap(({ _id, version }) => [`${_id}@1`, `${_id}@${String(version)}`]);
  const versions = await journeyVersions.find({ _id: { $in: ids } }).toArray();
  const byId = new Map(versions.map((version) => [version._id, version]));
  return found.map((journey) => {
    const latest = byId.get(`${journey._id}@${String(journey.version)}`);
    const first = byId.get(`${journey._id}@1`);
    if (latest === undefined) return { journey, published: null };
    const firstAt = (first ?? latest).publishedAt;
    return { journey, published: { definition: latest.definition, firstAt } };
  });
}

/** The published definitions of these runs, by `journey@version`. */
export async function versionsOf(
  { journeyVersions }: Pick<Collections, 'journeyVersions'>,
  runs: readonly Pick<StoredRun, 'journey' | 'version'>[],
): Promise<Map<string, StoredVersion>> {
  const ids = [...new Set(runs.map(({ journey, version }) => `${journey}@${String(version)}`))];
  const found = await journeyVersions.find({ _id: { $in: ids } }).toArray();
  return new Map(found.map((version) => [version._id, version]));
}
