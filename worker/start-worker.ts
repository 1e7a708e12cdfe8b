import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import {
  createCallActivities,
  createCampaignSends,
  createJourneyActivities,
  createMessageSends,
  createRouterActivities,
  createSystemActivities,
  type SystemDeps,
} from '#activities/index.ts';
import type { AdvanceDeps } from '#activities/run-turn.ts';
import type { ControlDeps } from '#activities/control-journey.ts';
import type { FillDeps } from '#activities/fill-segments.ts';
import type { OwnerDeps } from '#activities/router/own-partitions.ts';
import type { StartPace } from '#activities/router/start-pace.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import {
  CALL_QUEUE,
  CONTROL_JOURNEY,
  controlWorkflowId,
  ERASE_PERSON,
  eraseWorkflowId,
  FILL_SEGMENTS,
  fillWorkflowId,
  JOURNEY_QUEUE,
  OWN_PARTITIONS,
  RECONCILE,
  reconcileWorkflowId,
  ROUTER_QUEUE,
  sendQueue,
  SYSTEM_QUEUE,
  type ControlInput,
  type FillInput,
  type OwnPartitionsInput,
} from '#workflows/contract.ts';
import type { Bundles } from './bundles.ts';
import { CodesOnly } from './failures.ts';
import type { ProviderRates } from './provider-rates.ts';

/** Owners of partitions: two keep one core busy while the other waits for the store. */
const OWNERS = 2;
/** An owner that failed is there again within so long, in ms. */
const OWNERS_EVERY_MS = 5_000;

/**
 * Webhooks of journeys called at once by one worker; each waits for its receiver and costs little.
 * No rate is set for all of them beside it: who finds no place at a receiver (activities/call-step.ts)
 * would use it up, and others wait behind them.
 */
const CALLS_AT_ONCE = 100;

/**
 * Workflow code is never cut off. The SDK would stop a piece that takes five seconds, for a loop
 * without end; ours has none, and what takes so long is a process that stood still. What the cut
 * piece still had to do is then done in the next run's turn, with that run's commands: the SDK's
 * runs share one V8 context (`test/uncut-workflows.test.ts`). 4,294,967,295 ms is the most that Node
 * takes. The option is the SDK's, but no part of its types.
 */
export const UNCUT = { isolateExecutionTimeout: 4_294_967_295 };

/** The SDK looks workflow types up in it: without a prototype, for a journey may be called `constructor`. */
const UNREPLAYABLE: NonNullable<WorkerOptions['workflowFailureErrorTypes']> = Object.setPrototypeOf(
  { '*': ['NondeterminismError'] },
  null,
) as Record<string, ['NondeterminismError']>;

export interface WorkerParts {
  connection: NativeConnection;
  client: Client;
  namespace: string;
  bundles: Bundles;
  providers: readonly string[];
  rates: ProviderRates;
  advance: AdvanceDeps;
  owner: OwnerDeps;
  /** The pace of the starter's starts: told of every transition made here. */
  pace: StartPace;
  control: SystemDeps;
  /** Aborted when the process is asked to end: partitions are handed over first. */
  ending: AbortSignal;
  logger: Logger;
}

/** All workers of one process; `run` resolves once they have shut down. */
export async function createWorkers(parts: WorkerParts): Promise<Worker[]> {
  const { connection, namespace, bundles, logger } = parts;
  const interceptors = { activity: [() => ({ inbound: new CodesOnly(logger) })] };
  const common = {
    connection,
    namespace,
    interceptors,
    shutdownGraceTime: '5s',
    ...UNCUT,
  } as const;
  const onAdvanced = (runId: string): void => {
    parts.pace.done(runId);
  };
  const journeys = Worker.create({
    ...common,
    taskQueue: JOURNEY_QUEUE,
    workflowBundle: bundles.journeys,
    activities: { ...createJourneyActivities(parts.advance, { via: null, onAdvanced }) },
    maxConcurrentWorkflowTaskExecutions: 100,
    maxConcurrentLocalActivityExecutions: 100,
    maxCachedWorkflows: 2_000,
    // A history that cannot be replayed would be tried for ever: failed, its run goes on in a new
    // workflow from what Mongo knows (activities/router/revive-runs.ts).
    workflowFailureErrorTypes: UNREPLAYABLE,
  });
  const system = Worker.create({
    ...common,
    taskQueue: SYSTEM_QUEUE,
    workflowBundle: bundles.system,
    activities: { ...createSystemActivities(parts.control, parts.ending) },
    // Each is started again where it failed: by what is told of it in the store (`redrive…`), by its
    // schedule, or by `keepSystem`; and each begins anew from the store.
    workflowFailureErrorTypes: UNREPLAYABLE,
  });
  const router = Worker.create({
    ...common,
    taskQueue: ROUTER_QUEUE,
    activities: { ...createRouterActivities(parts.owner, parts.ending) },
    maxConcurrentActivityTaskExecutions: OWNERS,
  });
  const calls = Worker.create({
    ...common,
    taskQueue: CALL_QUEUE,
    activities: { ...createCallActivities(parts.advance) },
    maxConcurrentActivityTaskExecutions: CALLS_AT_ONCE,
  });
  return Promise.all([journeys, system, router, calls, ...sendWorkers(parts, common)]);
}

/** One for each lane of each provider, where its part of the rate is kept. */
function sendWorkers(
  { providers, rates, advance, control }: WorkerParts,
  common: Omit<WorkerOptions, 'taskQueue'>,
): Promise<Worker>[] {
  return providers.flatMap((provider) =>
    rates.lanes(provider).map(({ lane, perSecond }) =>
      Worker.create({
        ...common,
        taskQueue: sendQueue(provider, lane),
        activities: {
          ...createJourneyActivities(advance, { via: provider }),
          ...createCampaignSends(control.campaign, provider),
          ...createMessageSends(control.message, provider),
        },
        maxTaskQueueActivitiesPerSecond: perSecond,
      }),
    ),
  );
}

/**
 * Makes sure that each share of the partitions has its owner. The owners' workflows never end by
 * themselves: a Temporal that knows none is new or has lost everything, and the runs under way are
 * started again there from what Mongo knows of them.
 */
export async function startSystem(
  client: Client,
  restartRuns: () => Promise<unknown>,
): Promise<void> {
  if (!(await isKnown(client, ownerId(0)))) await restartRuns();
  for (let owner = 0; owner < OWNERS; owner += 1) {
    const input: OwnPartitionsInput = { owner, owners: OWNERS };
    await startOnce(client, OWN_PARTITIONS, {
      workflowId: ownerId(owner),
      args: [input],
    });
  }
}

/**
 * Looks again as long as this worker runs: owners redrive all other workflows, and nobody else would
 * start theirs again where it failed.
 */
export function keepSystem(
  client: Client,
  restartRuns: () => Promise<unknown>,
  { logger, ending }: Pick<WorkerParts, 'logger' | 'ending'>,
): void {
  const timer = setInterval(() => {
    startSystem(client, restartRuns).catch((error: unknown) => {
      logger.warn({ code: errorCode(error) }, 'owners of partitions not looked at');
    });
  }, OWNERS_EVERY_MS);
  ending.addEventListener('abort', () => {
    clearInterval(timer);
  });
}

function ownerId(owner: number): string {
  return `${OWN_PARTITIONS}/${String(owner)}-of-${String(OWNERS)}`;
}

async function isKnown(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Changes of status are durable before Temporal is told: what it missed is told again. */
export async function redriveControl(
  client: Client,
  control: ControlDeps['control'],
): Promise<void> {
  for (const change of await control.uncontrolled()) await startControl(client, change);
}

/** Segments that are not filled yet, or not forgotten yet, though Temporal was not told of them. */
export async function redriveFills(client: Client, fills: FillDeps['fills']): Promise<void> {
  const generation = await fills.unfilled();
  const removals = await fills.removals();
  const inputs: FillInput[] = removals.map(({ key, ...rest }) => ({ ...rest, removed: key }));
  if (generation !== null) inputs.push({ generation });
  for (const input of inputs) {
    await startOnce(client, FILL_SEGMENTS, { workflowId: fillWorkflowId(input), args: [input] });
  }
}

/** Reconciles that are not done, though Temporal was not told of them or has lost them. */
export async function redriveReconciles(
  client: Client,
  reconciles: Pick<SystemDeps['reconciles'], 'running'>,
): Promise<void> {
  for (const id of await reconciles.running()) {
    await startOnce(client, RECONCILE, { workflowId: reconcileWorkflowId(id), args: [{ id }] });
  }
}

/** Erasures that are not done, though Temporal was not told of them or has lost them. */
export async function redriveErasures(
  client: Client,
  { erasures }: Pick<SystemDeps['erase'], 'erasures'>,
): Promise<void> {
  for (const id of await erasures.open()) {
    await startOnce(client, ERASE_PERSON, { workflowId: eraseWorkflowId({ id }), args: [{ id }] });
  }
}

async function startControl(client: Client, input: ControlInput): Promise<void> {
  await startOnce(client, CONTROL_JOURNEY, { workflowId: controlWorkflowId(input), args: [input] });
}

async function startOnce(
  client: Client,
  type: string,
  options: { workflowId: string; args: unknown[] },
): Promise<void> {
  try {
    await client.workflow.start(type, { ...options, taskQueue: SYSTEM_QUEUE });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
