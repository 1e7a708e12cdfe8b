import type { NewRun, PriorRun } from '#domain/apply/plan.ts';
import type { Listens, PathEntry, Transition } from '#domain/journey/run.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { Heard, StoredRun } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** What one transition changes of a run. */
export interface RunChange {
  seq: number;
  transition: Transition;
  heard: Heard;
  /** The steps it left, at the world's times. */
  path: PathEntry[];
  held: boolean;
  at: number;
  temporalRunId: string;
  /** When the run that ends here may be deleted; null: never. */
  expiresAt: Date | null;
}

/** Runs under way after an id: those entered by an instant, and those held back if asked. */
interface UnderWayPage {
  after: string;
  limit: number;
  withHeld: boolean;
  enteredBy: number | null;
}

export interface RunStore {
  find(id: string): Promise<StoredRun | null>;
  insert(runs: readonly NewRun[], session: Session): Promise<void>;
  /** Writes a transition unless one with this number stands already; answers what stands. */
  save(id: string, change: RunChange): Promise<StoredRun | null>;
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
  unstarted(partitions: readonly number[], before: number, limit: number): Promise<StoredRun[]>;
  /** Has the workflow of every run under way started again: Temporal may know none of them. */
  restartAll(): Promise<number>;
  /** Has a run go on whose workflow failed; false when it ended, or goes on already. */
  restart(failed: { runId: string; temporalRunId: string }): Promise<boolean>;
  /** The workflow of a run that was to be started again is there. */
  markStarted(id: string): Promise<void>;
  /** Notes that a run's workflow was ended in Temporal itself; one that ended by itself stays. */
  endTerminated(id: string, at: number): Promise<void>;
  convert(id: string, conversion: NonNullable<StoredRun['conversion']>): Promise<void>;
  /** A page of a journey's runs under way, by id: those entered by then, and those held back. */
  underWay(journey: string, page: UnderWayPage): Promise<string[]>;
}

export function createRunStore({ runs }: Pick<Collections, 'runs'>): RunStore {
  return {
    find: readById(runs),
    async insert(fresh, session) {
      if (fresh.length === 0) return;
      await runs.insertMany(fresh.map(toStored), { session });
    },
    save: (id, change) => saveTransition(runs, id, change),
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
    ...recovery(runs),
    async convert(id, conversion) {
      await runs.updateOne({ _id: id, conversion: null }, { $set: { conversion } });
    },
    underWay: (journey, page) => pageUnderWay(runs, journey, page),
  };
}

/** What brings runs and their workflows together again after a crash or a loss of Temporal. */
function recovery(
  runs: Collections['runs'],
): Pick<RunStore, 'unstarted' | 'restartAll' | 'restart' | 'markStarted' | 'endTerminated'> {
  return {
    unstarted: (partitions, before, limit) =>
      runs
        .find({
          partition: { $in: [...partitions] },
          unstarted: true,
          enteredAt: { $lte: before },
        })
        .limit(limit)
        .toArray(),
    async restartAll() {
      const restarted = await runs.updateMany(
        { status: 'running' },
        { $set: { unstarted: true, relisten: true } },
      );
      return restarted.matchedCount;
    },
    async restart({ runId, temporalRunId }) {
      const restarted = await runs.updateOne(
        { _id: runId, status: 'running', temporalRunId: { $in: [temporalRunId, null] } },
        { $set: { unstarted: true, relisten: true } },
      );
      return restarted.matchedCount === 1;
    },
    async markStarted(id) {
      await runs.updateOne({ _id: id, latest: { $ne: null } }, { $unset: { unstarted: '' } });
    },
    async endTerminated(id, at) {
      await runs.updateOne(
        { _id: id, status: 'running' },
        { $set: { status: 'failed', outcome: 'terminated', endedAt: at } },
      );
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

async function saveTransition(
  runs: Collections['runs'],
  id: string,
  change: RunChange,
): Promise<StoredRun | null> {
  const { effect } = change.transition;
  const ended = effect.do === 'end';
  return runs.findOneAndUpdate(
    { _id: id, $or: [{ latest: null }, { 'latest.seq': { $lt: change.seq } }] },
    {
      $set: {
        latest: {
          seq: change.seq,
          transition: { ...change.transition },
          heard: change.heard,
        },
        temporalRunId: change.temporalRunId,
        listens: effect.do === 'await' ? effect.listens : { events: [], receipts: false },
        held: change.held,
        ...(ended ? { status: effect.status, outcome: effect.outcome, endedAt: change.at } : {}),
        ...(ended && change.expiresAt !== null ? { expiresAt: change.expiresAt } : {}),
      },
      $push: { path: { $each: change.path } },
      $unset: { unstarted: '', relisten: '' },
    },
    { returnDocument: 'after' },
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
