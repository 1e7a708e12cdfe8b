import {
  condition,
  CancellationScope,
  continueAsNew,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RouterActivities, SystemActivities } from '#activities/index.ts';
import {
  CATALOGUE_SIGNAL,
  LONGEST_WAIT_MS,
  ROUTER_QUEUE,
  WAKE_SIGNAL,
  type ControlInput,
  type DeliverInput,
  type EraseInput,
  type FillInput,
  type OwnPartitionsInput,
  type ReconcileInput,
  type PullInput,
} from './contract.ts';
import { sendCampaign, sendMessage } from './send.ts';

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
  // How long a walk over all customers stands still after the kill of its worker.
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

const webhooks = proxyActivities<SystemActivities>({
  // One turn of telling; the activity ends by itself when nothing is due.
  startToCloseTimeout: '2h',
  // How long an endpoint is told nothing after the kill of the worker that told it.
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  summary: 'deliver webhooks',
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

const wake = defineSignal(WAKE_SIGNAL);

/** How long it stays awake once everything was told: the next event then costs no start. */
const AWAKE_MS = 30_000;

/** Tells one webhook endpoint what it listens to, and ends when nothing waits any more. */
async function deliverWebhooks(input: DeliverInput): Promise<void> {
  let isWoken = false;
  setHandler(wake, () => {
    isWoken = true;
  });
  while (!workflowInfo().continueAsNewSuggested) {
    isWoken = false;
    const { nextAt } = await webhooks.deliverWebhooks(input);
    const ms = nextAt === null ? AWAKE_MS : Math.max(1, nextAt - Date.now());
    const hasNews = await condition(() => isWoken, ms);
    if (nextAt === null && !hasNews) return;
  }
  await continueAsNew<typeof deliverWebhooks>(input);
}

/**
 * Tells people of changes of the catalogue while there are any, waits for the next sale to begin or
 * end, and ends when time will change nothing. A change that comes meanwhile wakes it by a signal.
 */
async function tellCatalogue(): Promise<void> {
  let hasNews = false;
  const hasSignal = (): boolean => hasNews;
  setHandler(defineSignal(CATALOGUE_SIGNAL), () => {
    hasNews = true;
  });
  while (!workflowInfo().continueAsNewSuggested) {
    hasNews = false;
    const { nextMs } = await system.tellCatalogue();
    if (hasSignal()) continue;
    if (nextMs === null) return;
    await condition(hasSignal, Math.min(nextMs, LONGEST_WAIT_MS));
  }
  await continueAsNew<typeof tellCatalogue>();
}

/** Looks at a share of all profiles, or at some, and reports those that are not as they must be. */
async function reconcile({ id }: ReconcileInput): Promise<void> {
  await system.reconcileProfiles({ id: id ?? (await system.beginNightly()) });
}

/** In ms: longer than any call may take that came in before: its write is to be begun within 30 s. */
const CALLS_END_MS = 60_000;
/** The longest pause, in ms, from look to look while a file is being read. */
const LOOKS_APART_MAX_MS = 60 * 60 * 1000;

/**
 * Erases a person, and looks again when nothing of before can still be on its way. While a file is
 * being read it looks less and less often: its end is seen after as long again at most, or an hour.
 */
async function erasePerson(input: EraseInput): Promise<void> {
  await system.erasePerson(input);
  let pauseMs = CALLS_END_MS;
  do {
    await sleep(pauseMs);
    if (await system.lookForLeftovers(input)) return;
    pauseMs = Math.min(2 * pauseMs, LOOKS_APART_MAX_MS);
    // Histories of before went on beyond it, a look a minute: they replay as they were.
  } while (!(workflowInfo().continueAsNewSuggested && patched('erase-person-anew')));
  // What is erased is not erased again; only the pauses begin anew.
  await continueAsNew<typeof erasePerson>(input);
}

/** Notes how large each segment is, once an hour. */
async function measureSegments(): Promise<void> {
  await system.measureSegments();
}

/** Settles voucher codes that processes left open, once an hour. */
async function settleVouchers(): Promise<void> {
  await system.settleVouchers();
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
  sendMessage as 'kairos.message',
  sendCampaign as 'kairos.send-campaign',
  deliverWebhooks as 'kairos.deliver-webhooks',
  ownPartitions as 'kairos.own-partitions',
  controlJourney as 'kairos.control-journey',
  fillSegments as 'kairos.fill-segments',
  tellCatalogue as 'kairos.tell-catalogue',
  reconcile as 'kairos.reconcile',
  measureSegments as 'kairos.measure-segments',
  settleVouchers as 'kairos.settle-vouchers',
  erasePerson as 'kairos.erase-person',
  pullSource as 'kairos.pull-source',
};
