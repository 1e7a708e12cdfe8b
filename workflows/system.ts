import {
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
  type ReconcileInput,
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

/** Looks at a share of all profiles, or at some, and reports those that are not as they must be. */
async function reconcile({ id }: ReconcileInput): Promise<void> {
  await system.reconcileProfiles({ id: id ?? (await system.beginNightly()) });
}

/** Notes how large each segment is, once an hour. */
async function measureSegments(): Promise<void> {
  await system.measureSegments();
}

export {
  ownPartitions as 'kairos.own-partitions',
  controlJourney as 'kairos.control-journey',
  fillSegments as 'kairos.fill-segments',
  reconcile as 'kairos.reconcile',
  measureSegments as 'kairos.measure-segments',
};
