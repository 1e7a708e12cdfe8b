import type { NewRun, PriorRun } from '#domain/apply/plan.ts';
import type { Listens, PathEntry, Transition } from '#domain/journey/run.ts';
import type { JsonObject } from '#domain/json.ts';
import type { Revival } from '#domain/journey/revival.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { readById } from '#platform/coalesce-reads.ts';
import { coalesceUpdates, type Update } from '#platform/coalesce-writes.ts';
import type { Heard, StoredRun } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** What one transition changes of a run. */
export interface RunChange {
  /** The journey's key. */
  journey: string;
  seq: number;
  transition: Transition;
  heard: Heard;
  /** The steps it left, at the world's times. */
  path: PathEntry[];
  /** What webhooks answered meanwhile, by step. */
  responses: Readonly<Record<string, JsonObject>>;
  held: boolean;
  at: number;
  temporalRunId: string;
  /** When the run that ends here may be deleted; null: never. */
  expiresAt: Date | null;
}

/** How a run ends that cannot end itself; epoch ms; `expiresAt` null: never deleted. */
export interface LostEnd {
  /** Ended in Temporal by somebody, or failed again and again. */
  outcome: 'terminated' | 'cannotGoOn';
  at: number;
  expiresAt: Date | null;
}

/** Runs under way after an id: those entered by an instant, and those held back if asked. */
interface UnderWayPage {
  after: string;
  limit: number;
  withHeld: boolean;
  enteredBy: number | null;
}

/** Runs without a workflow read at once: as many as an owner starts in one turn. */
const UNSTARTED_PAGE = 300;

export interface RunStore {
  find(id: string): Promise<StoredRun | null>;
  insert(runs: readonly NewRun[], session: Session): Promise<void>;
  /**
   * Writes a transition unless one with this number stands already: true when it surely was this
   * one that was written, false when it is to be read what stands.
   */
  save(id: string, change: RunChange): Promise<boolean>;
  /** Says what a run listens for before it is looked whether that came already. */
  listen(id: string, listens: Listens): Promise<void>;
  /** Says that a run is held back by the pause of its journey. */
  hold(id: string): Promise<void>;
  prior(profileIds: readonly string[], journeys: readonly string[]): Promise<PriorRun[]>;
  /** Runs of these people that events of these names, none before `oldest`, may concern. */
  concerned(
    profileIds: readonly string[],
    names: readonly string[],
    oldest: number,
  ): Promise<StoredRun[]>;
  byIds(ids: readonly string[]): Promise<StoredRun[]>;
  underWayOf(profileId: string): Promise<StoredRun[]>;
  /**
   * Runs entered before an instant (epoch ms) whose workflow was not seen to run, those held back
   * until after `now` left out; read page by page.
   */
  unstarted(
    partitions: readonly number[],
    when: { before: number; now: number },
  ): AsyncIterable<StoredRun>;
  /** Has the workflow of every run under way started again: Temporal may know none of them. */
  restartAll(): Promise<number>;
  /** Those of these runs that are under way. */
  underWayAmong(ids: readonly string[]): Promise<Pick<StoredRun, '_id' | 'revived'>[]>;
  /** Has a run go on whose workflow failed; false when it ended, or may have been revived by another. */
  revive(run: Pick<StoredRun, '_id' | 'revived'>, revival: Revival): Promise<boolean>;
  /** The workflow of a run is there; not if it was revived since the run was read. */
  markStarted(run: Pick<StoredRun, '_id' | 'revived'>): Promise<void>;
  /** Ends a run whose workflow is gone and is not to be replaced; false when it ended before. */
  endLost(id: string, end: LostEnd): Promise<boolean>;
  convert(id: string, conversion: NonNullable<StoredRun['conversion']>): Promise<void>;
  /** A page of a journey's runs under way, by id: those entered by then, and those held back. */
  underWay(journey: string, page: UnderWayPage): Promise<string[]>;
}

export function createRunStore({ runs }: Pick<Collections, 'runs'>): RunStore {
  const update = coalesceUpdates(runs);
  return {
    find: readById(runs),
    async insert(fresh, session) {
      if (fresh.length === 0) return;
      await runs.insertMany(fresh.map(toStored), { session });
    },
    save: (id, change) => update(savedTransition(id, change)),
    async listen(id, listens) {
      await runs.updateOne({ _id: id }, { $set: { listens } });
    },
    async hold(id) {
      await runs.updateOne({ _id: id }, { $set: { held: true } });
    },
    async prior(profileIds, journeys) {
      if (profileIds.length === 0 || journeys.length === 0) return [];
      const rows = await runs
        .find({ profileId: { $in: [...profileIds] }, journey: { $in: [...journeys] } })
        .project<Past>({ journey: 1, profileId: 1, entryKey: 1, enteredAt: 1, status: 1 })
        .toArray();
      return rows.map(toPrior);
    },
    concerned: (profileIds, names, oldest) =>
      runs
        .find({
          profileId: { $in: [...profileIds] },
          $or: [
            { status: 'running', exits: { $in: [...names] } },
            { status: 'running', 'listens.events': { $in: [...names] } },
            {
              'goal.event': { $in: [...names] },
              'goal.until': { $gte: oldest },
              conversion: null,
            },
          ],
        })
        .toArray(),
    underWayOf: (profileId) => runs.find({ profileId, status: 'running' }).toArray(),
    byIds: (ids) => runs.find({ _id: { $in: [...ids] } }).toArray(),
    ...recovery(runs, update),
    async convert(id, conversion) {
      await runs.updateOne({ _id: id, conversion: null }, { $set: { conversion } });
    },
    underWay: (journey, page) => pageUnderWay(runs, journey, page),
  };
}

/** What brings runs and their workflows together again after a crash or a loss of Temporal. */
function recovery(
  runs: Collections['runs'],
  update: ReturnType<typeof coalesceUpdates<StoredRun>>,
): Pick<
  RunStore,
  'unstarted' | 'restartAll' | 'underWayAmong' | 'revive' | 'markStarted' | 'endLost'
> {
  return {
    unstarted: (partitions, { before, now }) =>
      runs
        .find({
          partition: { $in: [...partitions] },
          unstarted: true,
          enteredAt: { $lte: before },
          'revived.startAt': { $not: { $gt: now } },
        })
        .batchSize(UNSTARTED_PAGE),
    async restartAll() {
      const restarted = await runs.updateMany(
        { status: 'running' },
        { $set: { unstarted: true, relisten: true } },
      );
      return restarted.matchedCount;
    },
    underWayAmong: (ids) =>
      runs
        .find({ _id: { $in: [...ids] }, status: 'running' })
        .project<Pick<StoredRun, '_id' | 'revived'>>({ revived: 1 })
        .toArray(),
    revive: ({ _id, revived }, revival) =>
      update({
        filter: { _id, status: 'running', 'revived.failedAt': revived?.failedAt ?? null },
        update: { $set: { revived: revival, unstarted: true, relisten: true } },
      }),
    async markStarted({ _id, revived }) {
      await runs.updateOne(
        { _id, 'revived.failedAt': revived?.failedAt ?? null },
        { $unset: { unstarted: '' } },
      );
    },
    async endLost(id, { outcome, at, expiresAt }) {
      const { matchedCount } = await runs.updateOne(
        { _id: id, status: 'running' },
        {
          $set: {
            status: 'failed',
            outcome,
            endedAt: at,
            ...(expiresAt !== null && { expiresAt }),
          },
          $unset: { unstarted: '', relisten: '' },
        },
      );
      return matchedCount === 1;
    },
  };
}

async function pageUnderWay(
  runs: Collections['runs'],
  journey: string,
  { after, limit, withHeld, enteredBy }: UnderWayPage,
): Promise<string[]> {
  const rows = await runs
    .find({
      journey,
      status: 'running',
      _id: { $gt: after },
      $or: [{ enteredAt: { $lte: enteredBy ?? 0 } }, ...(withHeld ? [{ held: true }] : [])],
    })
    .sort({ _id: 1 })
    .limit(limit)
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return rows.map((row) => row._id);
}

function savedTransition(id: string, change: RunChange): Update<StoredRun> {
  const { effect } = change.transition;
  const ended = effect.do === 'end';
  return {
    filter: { _id: id, $or: [{ latest: null }, { 'latest.seq': { $lt: change.seq } }] },
    update: {
      $set: {
        latest: {
          seq: change.seq,
          transition: { ...change.transition },
          heard: change.heard,
        },
        temporalRunId: change.temporalRunId,
        listens: effect.do === 'await' ? effect.listens : { events: [], receipts: false },
        held: change.held,
        ...answersOf(change),
        ...(ended ? { status: effect.status, outcome: effect.outcome, endedAt: change.at } : {}),
        ...(ended && change.expiresAt !== null ? { expiresAt: change.expiresAt } : {}),
      },
      $push: { path: { $each: change.path } },
      $unset: { unstarted: '', relisten: '' },
    },
  };
}

/** By their own names: steps that answered before keep what they said. */
function answersOf({ responses }: RunChange): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(responses).map(([step, values]) => [`responses.${step}`, values]),
  );
}

type Past = Pick<StoredRun, '_id' | 'journey' | 'profileId' | 'entryKey' | 'enteredAt' | 'status'>;

function toPrior({ _id: id, status, ...run }: Past): PriorRun {
  return { id, ...run, running: status === 'running' };
}

function toStored({ id, ...run }: NewRun): StoredRun {
  return {
    _id: id,
    ...run,
    partition: partitionOf(run.profileId),
    status: 'running',
    outcome: null,
    endedAt: null,
    path: [],
    listens: { events: [], receipts: false },
    unstarted: true,
    latest: null,
    conversion: null,
    temporalRunId: null,
  };
}
