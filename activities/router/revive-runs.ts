import type { RunStore } from '#journeys/run-store.ts';
import type { Clock } from '#platform/clock.ts';
import { errorCode, type Logger } from '#platform/logger.ts';

/** One execution of a run's workflow that failed in Temporal. */
export interface FailedExecution {
  runId: string;
  temporalRunId: string;
}

export interface ReviveDeps {
  runs: Pick<RunStore, 'restart'>;
  /** Every execution of a journey that failed since an instant (epoch ms), page by page. */
  failedSince: (at: number) => AsyncIterable<FailedExecution>;
  clock: Clock;
  logger: Logger;
}

/** A worker that starts looks this far back; runs found already going on are left alone. */
const FIRST_LOOK_MS = 24 * 3_600_000;
/** What closed a moment ago may not be in Temporal's lists yet. */
const OVERLAP_MS = 60_000;

/**
 * A run's workflow fails when its history can no longer be replayed: by a version of ours that
 * should not have been, or by a fault of the SDK. Its run stands in Mongo with all that counts, so
 * it is started again and goes on from there. Safe to call as often as one likes.
 */
export function createReviveRuns({ runs, failedSince, clock, logger }: ReviveDeps) {
  let from = clock() - FIRST_LOOK_MS;
  let known = new Set<string>();
  return async function reviveRuns(): Promise<void> {
    const startedAt = clock();
    const seen = new Set<string>();
    try {
      for await (const execution of failedSince(from)) {
        seen.add(execution.temporalRunId);
        if (known.has(execution.temporalRunId) || !(await runs.restart(execution))) continue;
        logger.error({ run: execution.runId }, 'workflow failed; its run goes on in a new one');
      }
    } catch (error) {
      // The next look begins where this one did.
      logger.warn({ code: errorCode(error) }, 'failed runs not looked up');
      return;
    }
    known = seen;
    from = startedAt - OVERLAP_MS;
  };
}
