import { defineSearchAttributeKey } from '@temporalio/common';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
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

type Startable = Pick<StoredRun, '_id' | 'journey' | 'version' | 'profileId'>;

/** Starts and tells the workflows of runs. Everything is safe to repeat. */
export interface RunStarter {
  start(run: Startable): Promise<void>;
  /** False when no such workflow runs any more: it ended, or somebody ended it in Temporal. */
  signal(runId: string, eventRef: string): Promise<boolean>;
  control(runId: string): Promise<boolean>;
}

/**
 * The client should be built on the connection of a worker in this process: the first task then
 * comes back with the answer to the start (eager start), which saves a hop through matching.
 */
export function createRunStarter(client: Client): RunStarter {
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
      const input: JourneyInput = { runId: run._id, engine: 1 };
      try {
        await client.workflow.start(run.journey, {
          workflowId: run._id,
          taskQueue: JOURNEY_QUEUE,
          args: [input],
          requestEagerStart: true,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          typedSearchAttributes: [
            { key: journeyKey, value: run.journey },
            { key: journeyVersion, value: run.version },
            { key: profileId, value: run.profileId },
          ],
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    signal: (runId, eventRef) => tell(runId, EVENT_SIGNAL, [{ id: eventRef }]),
    control: (runId) => tell(runId, CONTROL_SIGNAL, []),
  };
}
