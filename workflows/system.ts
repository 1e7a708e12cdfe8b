import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RouterActivities, SystemActivities } from '#activities/index.ts';
import {
  ROUTER_QUEUE,
  type ControlInput,
  type FillInput,
  type OwnPartitionsInput,
  type PullInput,
} from './contract.ts';

const owners = proxyActivities<RouterActivities>({
  taskQueue: ROUTER_QUEUE,
  // One turn of ownership; the activity hands over by itself before that.
  startToCloseTimeout: '2h',
  // How long partitions may stand still after the kill of their owner.
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', backoffCoefficient: 1 },
  summary: 'own partitions',
});

const system = proxyActivities<SystemActivities>({
  startToCloseTimeout: '24h',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

const pulls = proxyActivities<SystemActivities>({
  startToCloseTimeout: '24h',
  // How long a pull stands still after the kill of its worker.
  heartbeatTimeout: '10s',
  // At once, after 2, 6 and 18 s: a restart of a database is ridden out; what lasts longer is told,
  // and the next pull goes on from the last page. What waiting does not cure is not tried again.
  retry: {
    initialInterval: '2s',
    backoffCoefficient: 3,
    maximumAttempts: 4,
    nonRetryableErrorTypes: [
      'DomainError:invalid',
      'DomainError:malformed',
      'DomainError:too-large',
    ],
  },
});

/** Keeps one owner of a share of the partitions alive for good: Temporal notices when it dies. */
async function ownPartitions(input: OwnPartitionsInput): Promise<void> {
  while (!workflowInfo().continueAsNewSuggested) {
    try {
      await owners.ownPartitions(input);
    } catch (error) {
      if (isCancellation(error)) throw error;
      await sleep('1s');
    }
  }
  await continueAsNew<typeof ownPartitions>(input);
}

/** Carries a journey's publish, resume or stop to its runs and to the profiles it watches. */
async function controlJourney(input: ControlInput): Promise<void> {
  await system.fillWatches(input);
  await system.signalRuns(input);
  await system.markControlled(input);
}

/** Longer than a batch of events takes that was folded by the light of older definitions. */
const LATE_BATCHES = '10s';

/** Gives every profile its membership of segments just defined, or takes it away. */
async function fillSegments(input: FillInput): Promise<void> {
  await system.fillSegments(input);
  await sleep(LATE_BATCHES);
  await system.lookAgain(input);
}

/**
 * Reads the new rows of a source. A worker that ends hands over to another; a pull that failed for
 * good says so, and stands as failed in Temporal, too.
 */
async function pullSource({ source }: PullInput): Promise<void> {
  const turn = { source, pull: workflowInfo().runId };
  try {
    while ((await pulls.pullSource(turn)) === 'left') await sleep('1s');
  } catch (error) {
    await CancellationScope.nonCancellable(() => system.failPull(turn));
    throw error;
  }
}

export {
  ownPartitions as 'kairos.own-partitions',
  controlJourney as 'kairos.control-journey',
  fillSegments as 'kairos.fill-segments',
  pullSource as 'kairos.pull-source',
};
