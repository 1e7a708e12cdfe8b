import { defineSearchAttributeKey } from '@temporalio/common';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import type { FailedExecution } from './revive-runs.ts';
import type { StartPace } from './start-pace.ts';
import type { StoredRun } from '#platform/documents.ts';
import {
  CONTROL_SIGNAL,
  EVENT_SIGNAL,
  JOURNEY_QUEUE,
  SEARCH_ATTRIBUTES,
  type EventSignal,
  type JourneyInput,
} from '#workflows/contract.ts';

const journeyKey = defineSearchAttributeKey('JourneyKey', SEARCH_ATTRIBUTES.JourneyKey);
const journeyVersion = defineSearchAttributeKey('JourneyVersion', SEARCH_ATTRIBUTES.JourneyVersion);
const profileId = defineSearchAttributeKey('ProfileId', SEARCH_ATTRIBUTES.ProfileId);

type Startable = Pick<StoredRun, '_id' | 'journey' | 'version' | 'profileId'> &
  Partial<Pick<StoredRun, 'latest' | 'path' | 'revived'>>;

/**
 * How the latest execution of a run's workflow stands: it runs, somebody ended it in Temporal, or
 * it ended by itself, which of a run still under way is a failure.
 */
export type Standing = 'running' | 'ended' | FailedExecution;

/** Starts and tells the workflows of runs. Everything is safe to repeat. */
export interface RunStarter {
  /**
   * A run that has walked already (its workflow was lost) goes on from where Mongo says it stands.
   * False when it has a workflow, be it one that is closed.
   */
  start(run: Startable): Promise<boolean>;
  /** False when no such workflow runs any more: it ended, or somebody ended it in Temporal. */
  signal(runId: string, eventRef: string): Promise<boolean>;
  control(runId: string): Promise<boolean>;
  /** What Temporal does not know any more counts as ended. */
  standing(runId: string): Promise<Standing>;
}

/**
 * How long a worker may stand still (a frozen machine, a long pause) before its task is given to
 * another. A task that times out while its worker still works on it is where the SDK has lost
 * signals; a killed worker's runs go on after this at the latest.
 */
const TASK_TIMEOUT = '30s';

/** Steps handed to the workflow for Temporal's UI, as many as it shows (workflows/run-journey.ts). */
const WALKED_MAX = 50;

/**
 * The client should be built on the connection of a worker in this process: the first task then
 * comes back with the answer to the start (eager start), which saves a hop through matching.
 */
export function createRunStarter(client: Client, pace: StartPace): RunStarter {
  async function tell(runId: string, name: string, args: [EventSignal] | []): Promise<boolean> {
    try {
      await client.workflow.getHandle(runId).signal(name, ...args);
      return true;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return false;
    }
  }

  return {
    async start(run) {
      const resume = resumeOf(run);
      const input: JourneyInput = { runId: run._id, engine: 1, ...(resume && { resume }) };
      const begin = async (): Promise<{ isEager: boolean }> => {
        const { eagerlyStarted } = await client.workflow.start(run.journey, {
          workflowId: run._id,
          taskQueue: JOURNEY_QUEUE,
          args: [input],
          requestEagerStart: true,
          workflowTaskTimeout: TASK_TIMEOUT,
          // A run that ended says so in Mongo before its workflow ends: one that is to go on was
          // restored from before that end, and the ended workflow is of the time that was lost.
          workflowIdReusePolicy: isFirst(run) ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
          typedSearchAttributes: [
            { key: journeyKey, value: run.journey },
            { key: journeyVersion, value: run.version },
            { key: profileId, value: run.profileId },
          ],
        });
        return { isEager: eagerlyStarted };
      };
      try {
        await pace.start(run._id, begin);
        return true;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        return false;
      }
    },
    signal: (runId, eventRef) => tell(runId, EVENT_SIGNAL, [{ id: eventRef }]),
    control: (runId) => tell(runId, CONTROL_SIGNAL, []),
    async standing(runId) {
      try {
        const told = await client.workflow.getHandle(runId).describe();
        if (BY_HAND.has(told.status.name)) return 'ended';
        if (!BY_ITSELF.has(told.status.name)) return 'running';
        return failedExecution(runId, told.runId, told.closeTime);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        return 'ended';
      }
    },
  };
}

/** Ends of a workflow that only somebody at Temporal brings about. */
const BY_HAND: ReadonlySet<string> = new Set(['TERMINATED', 'CANCELLED']);

/** A run writes its end before its workflow ends: one still under way was restored from before it. */
const BY_ITSELF: ReadonlySet<string> = new Set(['FAILED', 'TIMED_OUT', 'COMPLETED']);

function failedExecution(
  runId: string,
  temporalRunId: string,
  closeTime: Date | undefined,
): FailedExecution {
  return { runId, temporalRunId, closedAt: closeTime?.getTime() ?? 0 };
}

function isFirst({ latest, revived }: Startable): boolean {
  return latest == null && revived === undefined;
}

/** Reads Temporal's list of failed executions of journeys, since an instant (epoch ms), to its end. */
export async function* listFailed(client: Client, since: number): AsyncIterable<FailedExecution> {
  const closed = new Date(since).toISOString();
  const query = `TaskQueue = '${JOURNEY_QUEUE}' AND ExecutionStatus = 'Failed' AND CloseTime > '${closed}'`;
  for await (const { workflowId, runId, closeTime } of client.workflow.list({ query })) {
    yield failedExecution(workflowId, runId, closeTime);
  }
}

function resumeOf({ latest, path = [] }: Startable): NonNullable<JourneyInput['resume']> | null {
  if (latest == null) return null;
  const { state, effect } = latest.transition;
  return { seq: latest.seq, state, effect, walked: path.slice(-WALKED_MAX) };
}
