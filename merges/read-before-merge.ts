import type { Filter } from 'mongodb';
import type { PriorRun } from '#domain/apply/plan.ts';
import type { BeforeMerge } from '#domain/merge/explain-merge.ts';
import { overtakenRuns } from '#domain/merge/overtaken-runs.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredConflict, StoredMerge } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';

type Needs = Pick<
  Collections,
  'identities' | 'orders' | 'runs' | 'journeys' | 'journeyVersions' | 'merges' | 'conflicts'
>;

type Before = Omit<BeforeMerge, 'shopCurrency' | 'lists'>;

/** As the profiles are read: what was just written counts. */
const LATEST = { readConcern: { level: 'local' } } as const;

/** Two profiles as they are now, with what else a merge of them would touch. */
export async function readBeforeMerge(c: Needs, keep: Profile, merge: Profile): Promise<Before> {
  const ids = [keep._id, merge._id];
  const [identities, orders, runs, conflicts] = await Promise.all([
    c.identities.find({ profileId: { $in: ids } }, LATEST).toArray(),
    c.orders.find({ profileId: { $in: ids } }, LATEST).toArray(),
    readRunning(c, { profileId: { $in: ids } }),
    readConflicts(c, ids, { closed: { $exists: false }, ref: { $exists: true } }),
  ]);
  const sides = [keep, merge].map(({ _id }) => runs.filter(({ profileId }) => profileId === _id));
  const [ours = [], theirs = []] = sides;
  const overtaken = overtakenRuns([ours, theirs], await readRules(c, runs));
  return {
    ...{ keep, merge, orders, runs, overtaken, conflicts, unproven: false },
    segments: 'ahead',
    keepIdentities: identities
      .filter(({ profileId }) => profileId === keep._id)
      .map(({ _id }) => _id),
    mergeIdentities: identities.filter(({ profileId }) => profileId === merge._id),
  };
}

/** What was known when a merge was carried out; null where that is no longer kept. */
export async function readAsMerged(c: Needs, stored: StoredMerge): Promise<Before | null> {
  const { keptSnapshot: keep, snapshot: merge, orders, keptIdentities, overtaken = [] } = stored;
  const { segments } = stored;
  if (!keep || !merge || !orders || !keptIdentities) return null;
  const moved = await readRunning(c, {
    $or: [{ _id: { $in: overtaken } }, { profileId: stored.kept, moved: stored._id }],
  });
  const ids = [keep._id, merge._id];
  return {
    ...{ keep, merge, orders, overtaken },
    segments: segments === undefined ? 'unkept' : new Set(segments),
    conflicts: await readConflicts(c, ids, { 'closed.merge': stored._id }),
    keepIdentities: keptIdentities,
    mergeIdentities: stored.identities,
    runs: moved.map((run) => ({ ...run, profileId: run.isMoved ? merge._id : keep._id })),
    unproven: stored.source === 'browser',
  };
}

/** Of two profiles with one another. */
function readConflicts(
  { conflicts }: Pick<Collections, 'conflicts'>,
  ids: readonly string[],
  filter: Filter<StoredConflict>,
): Promise<StoredConflict[]> {
  const both = { $in: ids };
  return conflicts
    .find({ ...filter, ownerId: both, claimantId: both }, LATEST)
    .sort({ _id: 1 })
    .toArray();
}

interface Running extends PriorRun {
  /** It came to its profile with a merge. */
  isMoved: boolean;
  version: number;
}

async function readRunning(
  { runs }: Pick<Collections, 'runs'>,
  filter: Parameters<Collections['runs']['find']>[0],
): Promise<Running[]> {
  // One that was overtaken a moment ago may have ended by now.
  const open = { $or: [{ status: 'running' as const }, { overtaken: true as const }] };
  const found = await runs.find({ $and: [filter, open] }, LATEST).toArray();
  return found.map(({ _id: id, journey, version, profileId, entryKey, enteredAt, moved }) => ({
    ...{ id, journey, version, profileId, entryKey, enteredAt },
    ...{ running: true, isMoved: moved !== undefined },
  }));
}

/** The definitions in force of the journeys of these runs. */
async function readRules(
  c: Pick<Collections, 'journeys' | 'journeyVersions'>,
  runs: readonly Running[],
): Promise<Parameters<typeof overtakenRuns>[1]> {
  const keys = [...new Set(runs.map(({ journey }) => journey))];
  if (keys.length === 0) return [];
  const live = await c.journeys
    .find({ _id: { $in: keys }, status: { $in: ['live', 'paused'] } })
    .toArray();
  const ids = live.map(({ _id, version }) => `${_id}@${String(version)}`);
  const versions = await c.journeyVersions.find({ _id: { $in: ids } }).toArray();
  return versions.map(({ journey: key, definition }) => ({ key, definition }));
}
