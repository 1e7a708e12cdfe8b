import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { DomainError } from '#domain/errors.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import { connectTemporalClient } from '#platform/temporal.ts';
import {
  nextRunOf,
  putSchedule,
  removeSchedule,
  triggerSchedule,
  type WantedSchedule,
} from '#platform/temporal-schedule.ts';
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
  pullSchedule,
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
  /** Makes the schedule of a source equal to its definition. */
  putPullSchedule(
    source: string,
    wanted: Pick<WantedSchedule, 'times' | 'paused' | 'revision'>,
  ): Promise<void>;
  removePullSchedule(source: string): Promise<void>;
  /** Pulls a source now, or right after the pull that is under way. */
  startPull(source: string): Promise<void>;
  /** Epoch ms of the next pull by itself; null: none, or Temporal cannot be reached. */
  nextPullAt(source: string): Promise<number | null>;
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
  const tell = async (what: string, work: (client: Client) => Promise<void>): Promise<void> => {
    try {
      const { client } = await connected();
      await client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => work(client));
    } catch (error) {
      logger.warn({ code: errorCode(error), workflowId: what }, 'Temporal not reached');
      throw new DomainError(
        'unavailable',
        'The change is stored and will be carried out, but Temporal cannot be reached now.',
        { retryAfterS: RETRY_AFTER_S },
      );
    }
  };

  /** The same where nobody has to know: what is missed is found by the worker within seconds. */
  const hint = (what: string, work: (client: Client) => Promise<void>): Promise<void> =>
    tell(what, work).catch(() => undefined);

  const tellCatalogue = (): Promise<void> =>
    hint(TELL_CATALOGUE, async (client) => {
      await client.workflow.signalWithStart(TELL_CATALOGUE, {
        ...{ taskQueue: SYSTEM_QUEUE, workflowId: TELL_CATALOGUE, signal: CATALOGUE_SIGNAL },
      });
    });

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
    tellCatalogue: oneAtATime(tellCatalogue),
    startControl: (input) => start(CONTROL_JOURNEY, controlWorkflowId(input), input),
    startFill: (input) => start(FILL_SEGMENTS, fillWorkflowId(input), input),
    wakeWebhooks(input) {
      const workflowId = deliverWorkflowId(input);
      return hint(workflowId, async (client) => {
        await client.workflow.signalWithStart(DELIVER_WEBHOOKS, {
          ...{ taskQueue: SYSTEM_QUEUE, workflowId, args: [input] },
          ...{ signal: WAKE_SIGNAL, signalArgs: [] },
        });
      });
    },
    startReconcile: (id) => start(RECONCILE, reconcileWorkflowId(id), { id }),
    putPullSchedule(source, wanted) {
      const schedule = pullSchedule(source);
      const { scheduleId } = schedule;
      return tell(scheduleId, (client) => putSchedule(client, { ...schedule, ...wanted }));
    },
    removePullSchedule(source) {
      const { scheduleId } = pullSchedule(source);
      return tell(scheduleId, (client) => removeSchedule(client, scheduleId));
    },
    startPull(source) {
      const { scheduleId } = pullSchedule(source);
      return tell(scheduleId, (client) => triggerSchedule(client, scheduleId));
    },
    async nextPullAt(source) {
      try {
        const { client } = await connected();
        return await client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
          nextRunOf(client, pullSchedule(source).scheduleId),
        );
      } catch {
        return null;
      }
    },
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
