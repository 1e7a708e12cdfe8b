import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DomainError } from '#domain/errors.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import { connectTemporalClient } from '#platform/temporal.ts';
import {
  CATALOGUE_SIGNAL,
  CONTROL_JOURNEY,
  controlWorkflowId,
  DELIVER_WEBHOOKS,
  deliverWorkflowId,
  FILL_SEGMENTS,
  fillWorkflowId,
  RECONCILE,
  reconcileWorkflowId,
  SYSTEM_QUEUE,
  WAKE_SIGNAL,
  TELL_CATALOGUE,
  type ControlInput,
  type DeliverInput,
  type FillInput,
} from '#workflows/contract.ts';

/** Longer than a start takes on a busy server; an answer is waiting for it. */
const CALL_TIMEOUT_MS = 4_000;

/** Seconds: a restarted Temporal takes calls again within a few. */
const RETRY_AFTER_S = 3;

type Connected = Awaited<ReturnType<typeof connectTemporalClient>>;

/** What the API asks of Temporal. */
export interface TemporalPort {
  startControl(input: ControlInput): Promise<void>;
  /** Brings a segment just defined, or removed, to all profiles. */
  startFill(input: FillInput): Promise<void>;
  /** Has a webhook endpoint told what is due; the worker does so by itself a little later. */
  wakeWebhooks(input: DeliverInput): Promise<void>;
  /**
   * Has changes of the catalogue told; resolves without Temporal, too: they are noted, and the worker
   * looks after those that it was not told of.
   */
  tellCatalogue(): Promise<void>;
  /** Looks for profiles that are not as their events say; `id` is that of the report. */
  startReconcile(id: string): Promise<void>;
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

  const start = async (type: string, workflowId: string, input: object): Promise<void> => {
    try {
      const { client } = await connected();
      await client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        client.workflow.start(type, { taskQueue: SYSTEM_QUEUE, workflowId, args: [input] }),
      );
    } catch (error) {
      // Somebody, perhaps the worker on its start, carries this change out already.
      if (error instanceof WorkflowExecutionAlreadyStartedError) return;
      logger.warn({ code: errorCode(error), workflowId }, 'Temporal not reached');
      throw new DomainError(
        'unavailable',
        'The change is stored and will be carried out, but Temporal cannot be reached now.',
        { retryAfterS: RETRY_AFTER_S },
      );
    }
  };

  const tellCatalogue = async (): Promise<void> => {
    try {
      const { client } = await connected();
      await client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        client.workflow.signalWithStart(TELL_CATALOGUE, {
          taskQueue: SYSTEM_QUEUE,
          workflowId: TELL_CATALOGUE,
          signal: CATALOGUE_SIGNAL,
        }),
      );
    } catch (error) {
      logger.warn({ code: errorCode(error), workflowId: TELL_CATALOGUE }, 'Temporal not reached');
    }
  };

  return {
    tellCatalogue: oneAtATime(tellCatalogue),
    startControl: (input) => start(CONTROL_JOURNEY, controlWorkflowId(input), input),
    startFill: (input) => start(FILL_SEGMENTS, fillWorkflowId(input), input),
    async wakeWebhooks(input) {
      const workflowId = deliverWorkflowId(input);
      try {
        const { client } = await connected();
        await client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
          client.workflow.signalWithStart(DELIVER_WEBHOOKS, {
            ...{ taskQueue: SYSTEM_QUEUE, workflowId, args: [input] },
            ...{ signal: WAKE_SIGNAL, signalArgs: [] },
          }),
        );
      } catch (error) {
        logger.warn({ code: errorCode(error), workflowId }, 'Temporal not reached');
      }
    },
    startReconcile: (id) => start(RECONCILE, reconcileWorkflowId(id), { id }),
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

/** While one call is under way, all that come are one more after it. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let waiting: Promise<void> | null = null;
  const run = (): Promise<void> => {
    running = work().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (running === null) return run();
    waiting ??= running.then(() => {
      waiting = null;
      return run();
    });
    return waiting;
  };
}
