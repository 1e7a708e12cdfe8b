import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DomainError } from '#domain/errors.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import { connectTemporalClient } from '#platform/temporal.ts';
import {
  CONTROL_JOURNEY,
  controlWorkflowId,
  ERASE_PERSON,
  eraseWorkflowId,
  FILL_SEGMENTS,
  fillWorkflowId,
  RECONCILE,
  reconcileWorkflowId,
  SYSTEM_QUEUE,
  type ControlInput,
  type FillInput,
} from '#workflows/contract.ts';
import { pullSchedules, type PullSchedules, type Tell, type Telling } from './pull-schedules.ts';
import { temporalHints, type TemporalHints } from './temporal-hints.ts';

/** Longer than a start takes on a busy server; an answer is waiting for it. */
const CALL_TIMEOUT_MS = 4_000;

/** Of a change that is stored before Temporal is told of it. */
const OF_A_CHANGE: Telling = {
  detail: 'The change is stored and will be carried out, but Temporal cannot be reached now.',
  withinMs: CALL_TIMEOUT_MS,
};

/** Seconds: a restarted Temporal takes calls again within a few. */
const RETRY_AFTER_S = 3;

type Connected = Awaited<ReturnType<typeof connectTemporalClient>>;

/** What the API asks of Temporal. */
export interface TemporalPort extends PullSchedules, TemporalHints {
  startControl(input: ControlInput): Promise<void>;
  /** Brings a segment just defined, or removed, to all profiles. */
  startFill(input: FillInput): Promise<void>;
  /** Looks for profiles that are not as their events say; `id` is that of the report. */
  startReconcile(id: string): Promise<void>;
  /** Erases what is kept of somebody; `id` is that of the erasure. */
  startErasure(id: string): Promise<void>;
  /** The version of the server; throws while it cannot be reached. */
  serverVersion(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Connects at the first call and again after a failure, so that the API starts, takes events and
 * reads without Temporal.
 */
export function createTemporalPort(
  { address, namespace }: { address: string; namespace: string },
  logger: Logger,
): TemporalPort {
  let connecting: Promise<Connected> | null = null;
  const connected = async (): Promise<Connected> => {
    connecting ??= connectTemporalClient(address, namespace);
    try {
      return await connecting;
    } catch (error) {
      connecting = null;
      throw error;
    }
  };

  /** What is stored already and cannot be told now is told by the worker later. */
  const tell: Tell = async (what, work, { detail, withinMs } = OF_A_CHANGE) => {
    try {
      const { client } = await connected();
      await client.connection.withDeadline(Date.now() + withinMs, () => work(client));
    } catch (error) {
      logger.warn({ code: errorCode(error), workflowId: what }, 'Temporal not reached');
      throw new DomainError('unavailable', detail, { retryAfterS: RETRY_AFTER_S });
    }
  };

  const start = (type: string, workflowId: string, input: object): Promise<void> =>
    tell(workflowId, async (client) => {
      try {
        await client.workflow.start(type, { taskQueue: SYSTEM_QUEUE, workflowId, args: [input] });
      } catch (error) {
        // Somebody, perhaps the worker on its start, carries this change out already.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    });

  return {
    startControl: (input) => start(CONTROL_JOURNEY, controlWorkflowId(input), input),
    startFill: (input) => start(FILL_SEGMENTS, fillWorkflowId(input), input),
    startErasure: (id) => start(ERASE_PERSON, eraseWorkflowId({ id }), { id }),
    startReconcile: (id) => start(RECONCILE, reconcileWorkflowId(id), { id }),
    ...temporalHints(tell),
    ...pullSchedules(connected, tell),
    async serverVersion() {
      const { client } = await connected();
      const { serverVersion } = await client.connection.withDeadline(
        Date.now() + CALL_TIMEOUT_MS,
        () => client.workflowService.getSystemInfo({}),
      );
      return serverVersion;
    },
    async close() {
      const open = await connecting?.catch(() => null);
      await open?.close();
    },
  };
}
