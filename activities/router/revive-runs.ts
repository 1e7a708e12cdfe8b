import { nextRevival } from '#domain/journey/revival.ts';
import type { JourneyVersions } from '#journeys/live-journeys.ts';
import type { LostEnd, RunStore } from '#journeys/run-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredRun } from '#platform/documents.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import { runExpiry } from '../run-expiry.ts';

/** One execution of a run's workflow that failed in Temporal, which closed it at `closedAt` (epoch ms). */
export interface FailedExecution {
  runId: string;
  temporalRunId: string;
  closedAt: number;
}

export interface ReviveDeps {
  runs: Pick<RunStore, 'find' | 'underWayAmong' | 'revive' | 'endLost'>;
  versions: Pick<JourneyVersions, 'version'>;
  profiles: Pick<ProfileStore, 'follow'>;
  /** Every execution of a journey that failed since an instant (epoch ms), page by page. */
  failedSince: (at: number) => AsyncIterable<FailedExecution>;
  clock: Clock;
  logger: Logger;
  /** IANA zone of a customer whose own is unknown. */
  defaultZone: string;
  /** How long ended runs are kept, in ms; null: for good. */
  runsKeptMs: number | null;
  /** Hears how many runs were given a new workflow, for the figures. */
  onRevived?: (count: number) => void;
  /** This process ends: a look that goes on breaks off. */
  isEnding?: () => boolean;
}

/** What becomes of runs whose workflow is gone. Safe to call as often as one likes. */
export interface ReviveRuns {
  /** Looks in Temporal's list for workflows that failed, in the background, one look at a time. */
  look(): Promise<void>;
  /** A run under way was found without a running workflow: failed, or ended in Temporal by hand. */
  answer(runId: string, standing: 'ended' | FailedExecution): Promise<void>;
}

/** A worker that starts looks this far back; failures that were answered before are left alone. */
const FIRST_LOOK_MS = 24 * 3_600_000;
/** What closed a moment ago may not be in Temporal's lists yet. */
const OVERLAP_MS = 60_000;
/** Runs read at once to see which of them are under way. */
const PAGE = 200;

/**
 * A run's workflow fails when its history can no longer be replayed: by a version of ours that
 * should not have been, or by a fault of the SDK. Its run stands in Mongo with all that counts, so
 * it is started again and goes on from there; one that fails again and again is given up.
 */
export function createReviveRuns(deps: ReviveDeps): ReviveRuns {
  const { clock, logger } = deps;
  let from = clock() - FIRST_LOOK_MS;
  let looking: Promise<void> | null = null;

  async function lookOnce(): Promise<void> {
    const startedAt = clock();
    try {
      for await (const page of pagesOf(deps.failedSince(from))) {
        if (deps.isEnding?.() === true) return;
        await revivePage(deps, page);
      }
      from = startedAt - OVERLAP_MS;
    } catch (error) {
      // The next look begins where this one did; what was answered costs it no more than a read.
      if (deps.isEnding?.() === true) return;
      logger.warn({ code: errorCode(error) }, 'failed runs not looked up');
    }
  }

  return {
    look() {
      looking ??= lookOnce().finally(() => {
        looking = null;
      });
      return looking;
    },
    async answer(runId, standing) {
      if (standing === 'ended') await endLost(deps, runId, 'terminated');
      else await revivePage(deps, [standing]);
    },
  };
}

async function* pagesOf(
  failed: AsyncIterable<FailedExecution>,
): AsyncIterable<readonly FailedExecution[]> {
  let page: FailedExecution[] = [];
  for await (const execution of failed) {
    page.push(execution);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function revivePage(deps: ReviveDeps, page: readonly FailedExecution[]): Promise<void> {
  const underWay = await deps.runs.underWayAmong(page.map(({ runId }) => runId));
  const byId = new Map(underWay.map((run) => [run._id, run]));
  // Together, for the store writes many at once as fast as one.
  const answers = await Promise.all(
    latestOf(page).map(async (failed) => {
      const run = byId.get(failed.runId);
      return run !== undefined && (await revive(deps, run, failed)) ? [run._id] : [];
    }),
  );
  const revived = answers.flat();
  if (revived.length === 0) return;
  const [first] = revived;
  deps.logger.error(
    { runs: revived.length, first },
    'workflows failed; their runs go on in new ones',
  );
  deps.onRevived?.(revived.length);
}

/** Each run once, by its latest failure. */
function latestOf(page: readonly FailedExecution[]): FailedExecution[] {
  const latest = new Map<string, FailedExecution>();
  for (const failed of page) {
    const known = latest.get(failed.runId);
    if (known === undefined || failed.closedAt > known.closedAt) latest.set(failed.runId, failed);
  }
  return [...latest.values()];
}

async function revive(
  deps: ReviveDeps,
  run: Pick<StoredRun, '_id' | 'revived'>,
  { closedAt }: FailedExecution,
): Promise<boolean> {
  const revival = nextRevival(run.revived ?? null, closedAt, deps.clock());
  if (revival === 'answered') return false;
  if (revival !== 'hopeless') return deps.runs.revive(run, revival);
  deps.logger.error({ run: run._id }, 'workflow failed again and again; its run is given up');
  await endLost(deps, run._id, 'cannotGoOn');
  return false;
}

async function endLost(
  deps: ReviveDeps,
  runId: string,
  outcome: LostEnd['outcome'],
): Promise<void> {
  const run = await deps.runs.find(runId);
  if (run?.status !== 'running') return;
  const [version, person] = await Promise.all([
    deps.versions.version(run.journey, run.version),
    deps.profiles.follow(run.profileId),
  ]);
  const at = deps.clock();
  const expiresAt = runExpiry(run, version?.definition ?? null, {
    endedAt: at,
    keptMs: deps.runsKeptMs,
    zone: person?.zone ?? deps.defaultZone,
  });
  await deps.runs.endLost(runId, { outcome, at, expiresAt });
}
