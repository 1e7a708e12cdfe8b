import { Client } from '@temporalio/client';
import { createReviveRuns } from '#activities/router/revive-runs.ts';
import { createRunStarter, listFailed } from '#activities/router/run-starter.ts';
import { StartPace } from '#activities/router/start-pace.ts';
import { watchNews } from '#activities/router/news.ts';
import { createRunWorld } from '#activities/run-world.ts';
import { closeProviders, createLines } from '#channels/providers.ts';
import { channelSettings } from '#channels/settings.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { ensureCampaignIndexes } from '#campaigns/campaign-document.ts';
import { createCampaignStore } from '#campaigns/campaign-store.ts';
import { createEventStore } from '#events/event-store.ts';
import { createControlStore } from '#journeys/control-store.ts';
import { createJourneyVersions } from '#journeys/live-journeys.ts';
import { createRunStore } from '#journeys/run-store.ts';
import { createMessageProgress } from '#messages/message-progress.ts';
import { createReceiptStore } from '#messages/receipt-store.ts';
import { createBackfillRetention } from '#platform/backfill-retention.ts';
import { systemClock } from '#platform/clock.ts';
import { loadConfig, type Config } from '#platform/config.ts';
import { endWithParent } from '#platform/end-with-parent.ts';
import { createOwnerHeartbeat, followHeartbeat } from '#platform/heartbeat.ts';
import { createLogger, errorCode } from '#platform/logger.ts';
import { createRegistry } from '#platform/metrics.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { primaryAnswers, within } from '#platform/readiness.ts';
import { ensureSearchAttributes } from '#platform/search-attributes.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import { connectTemporalWorker } from '#platform/temporal.ts';
import { inTransaction } from '#platform/transaction.ts';
import { createBackfillNames } from '#profiles/backfill-names.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { ensureSendIndexes } from '#sends/send-document.ts';
import { createIsSendOver } from '#sends/send-store.ts';
import { ensureTaskIndexes } from '#tasks/task-store.ts';
import { ensureWebhookIndexes } from '#webhooks/delivery-store.ts';
import { SEARCH_ATTRIBUTES } from '#workflows/contract.ts';
import { bundleWorkflows } from './bundles.ts';
import { composePassDevices } from './compose-accept.ts';
import { isStoppedBy } from './compose-campaigns.ts';
import { composeContent } from './compose-content.ts';
import { composeFeatures } from './compose-features.ts';
import { composePace } from './compose-pace.ts';
import { composeSend } from './compose-send.ts';
import { composeSendings } from './compose-sendings.ts';
import { composeSite } from './compose-site.ts';
import { composeSteps } from './compose-steps.ts';
import { installRuntime } from './install-runtime.ts';
import { freeAddress } from './metrics/free-address.ts';
import { countRouted, measureEventPath } from './metrics/measure-events.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { createWorkerMetrics } from './metrics/worker-metrics.ts';
import { makeSchedules } from './make-schedules.ts';
import { watchProviders } from './watch-providers.ts';
import { providerRates } from './provider-rates.ts';
import {
  createWorkers,
  keepSystem,
  redriveControl,
  startSystem,
  type WorkerParts,
} from './start-worker.ts';

const config = loadConfig(process.env);
const logger = createLogger('worker', config.KAIROS_LOG_LEVEL);
const registry = createRegistry({ withProcess: true });
const metrics = createWorkerMetrics(registry);
// Unset, nobody asks: then Temporal's SDK need not count either.
const temporalMetrics = config.KAIROS_WORKER_METRICS === undefined ? null : await freeAddress();

installRuntime(logger, temporalMetrics);

const [mongo, connection, bundles] = await Promise.all([
  connectMongo(config.MONGODB_URI),
  connectTemporalWorker(config.TEMPORAL_ADDRESS),
  bundleWorkflows(),
]);
await Promise.all([
  ensureIndexes(mongo.collections),
  ensureWebhookIndexes(mongo.db),
  ensureCampaignIndexes(mongo.db),
  ensureSendIndexes(mongo.db),
  ensureTaskIndexes(mongo.db),
  ensureSearchAttributes(connection, config.TEMPORAL_NAMESPACE, SEARCH_ATTRIBUTES),
]);
const news = watchNews(mongo.collections, logger, () => {
  metrics.streamRestarts.inc();
});
// Receipts come in through the API: while it is away, silence of a provider means nothing.
const api = followHeartbeat(mongo.db, 'api', systemClock);
const site = composeSite(mongo.collections, systemClock);
const lines = createLines(
  channelSettings(process.env, { publicUrl: config.KAIROS_PUBLIC_URL, ...linkSecrets(config) }),
  site.providers,
);
const failover = watchProviders(lines, { db: mongo.db, metrics, logger });
const rates = providerRates(config);
const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
const ending = new AbortController();
const parts: WorkerParts = {
  ...composeDeps(config, mongo),
  connection,
  client,
  namespace: config.TEMPORAL_NAMESPACE,
  bundles,
  ending: ending.signal,
  rates,
  providers: [...new Set(failover.states().map(({ provider }) => provider))],
  logger,
};
const workers = await createWorkers(parts);
const running = workers.map((worker) => worker.run());
const restartRuns = (): Promise<number> => createRunStore(mongo.collections).restartAll();
await startSystem(client, restartRuns);
keepSystem(client, restartRuns, parts);
await makeSchedules(client, config.KAIROS_ZONE);
const backfillRetention = createBackfillRetention({
  ...{ db: mongo.db, collections: mongo.collections, clock: systemClock, logger },
  retention: config.KAIROS_RETENTION,
  runsKept: config.KAIROS_RUN_RETENTION,
});
void backfillRetention(ending.signal);
void createBackfillNames({ db: mongo.db, logger })(ending.signal);
const probes = await serveProbes();
logger.info('worker runs');

endWithParent(async () => {
  ending.abort();
  api.close();
  await probes?.close();
  await news.close();
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await Promise.allSettled(running);
  failover.stop();
  await closeProviders(Object.values(lines).flat());
  await connection.close();
  await mongo.close();
});

Promise.all(running).catch((error: unknown) => {
  logger.fatal({ code: errorCode(error) }, 'worker stopped');
  process.exit(1);
});

/** Probes and figures, where an address is set for them. */
async function serveProbes(): Promise<Awaited<ReturnType<typeof serveMetrics>> | null> {
  const { KAIROS_WORKER_METRICS: address, TEMPORAL_NAMESPACE: namespace } = config;
  if (address === undefined || temporalMetrics === null) return null;
  const serving = serveMetrics({
    address,
    registry,
    temporal: temporalMetrics,
    keys: [config.KAIROS_METRICS_KEY, config.KAIROS_ADMIN_KEY, ...config.KAIROS_ADMIN_KEY_PREVIOUS],
    async check() {
      const [inMongo, inTemporal] = await Promise.all([
        within(primaryAnswers(mongo.db)),
        within(client.workflowService.describeNamespace({ namespace }).then(() => true)),
      ]);
      const isWorking = workers.every((worker) => worker.getState() === 'RUNNING');
      return { mongo: inMongo, temporal: inTemporal, workers: isWorking };
    },
  });
  // A port that is taken must not keep customers waiting: probes and Prometheus see it soon enough.
  return serving.catch((error: unknown) => {
    logger.error({ code: errorCode(error) }, 'metrics cannot be served');
    return null;
  });
}

function composeEventPath(
  { KAIROS_RETENTION }: Config,
  { client: mongoClient, collections }: Mongo,
): ReturnType<typeof measureEventPath> {
  const path = {
    events: createEventStore(collections, KAIROS_RETENTION),
    profiles: createProfileStore(collections),
    runs: createRunStore(collections),
    transact: <T>(work: Parameters<typeof inTransaction<T>>[1]) => inTransaction(mongoClient, work),
  };
  return measureEventPath(path, metrics);
}

function composeDeps(
  environment: Config,
  store: Mongo,
): Pick<WorkerParts, 'advance' | 'owner' | 'pace' | 'control'> {
  const { KAIROS_CURRENCY, KAIROS_ZONE, KAIROS_RUN_RETENTION, KAIROS_RETENTION } = environment;
  const { collections, db } = store;
  const clock = systemClock;
  const { events, profiles, runs, transact } = composeEventPath(environment, store);
  const versions = createJourneyVersions(collections);
  const pace = new StartPace();
  const starter = createRunStarter(client, pace);
  const revival = composeRevival(environment, { runs, versions, profiles });
  const control = createControlStore(collections);
  const shared = { client, events, logger, metrics, registry };
  const features = composeFeatures(environment, store, shared);
  const settings = {
    shopCurrency: KAIROS_CURRENCY,
    defaultZone: KAIROS_ZONE,
    consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
  };
  const content = composeContent(store, { currency: KAIROS_CURRENCY, logger, clock });
  const campaigns = createCampaignStore(store);
  const sending = composeSending(environment, collections, {
    ...{ events, profiles, content, campaigns },
    isSendOver: createIsSendOver(db),
  });
  const segments = createLiveSegments(collections);
  const world = createRunWorld({
    ...{ profiles, events, segments, settings, ...sending },
    ...composeSteps(environment, store, { metrics, withdraw: sending.withdraw }),
    receipts: createMessageProgress(collections),
  });
  const sendings = composeSendings(store, {
    ...{ ...world, ...shared, profiles, campaigns, clock, keptMs: KAIROS_RUN_RETENTION },
    queuedMax: sending.queuedMax,
  });
  const apply = {
    ...{ events, profiles, runs, versions, segments },
    receipts: createReceiptStore(collections),
    webhooks: features.notes,
    onSold: content.onSold,
    ...{ transact, clock, settings },
  };
  return {
    advance: { runs, events, versions, world, clock, runsKeptMs: KAIROS_RUN_RETENTION },
    owner: {
      ...apply,
      starter,
      passDevices: composePassDevices(store, profiles, { KAIROS_RETENTION, clock }),
      onRouted: countRouted(metrics, clock),
      logger,
      awaitNews: (partitions, ms) => news.await(partitions, ms),
      beat: createOwnerHeartbeat(db, clock),
      async redrive() {
        await redriveControl(client, control);
        await features.redrive();
        await sendings.redrive();
      },
      revival,
    },
    pace,
    control: {
      ...{ ...apply, ...features.control, ...sendings.control, control, starter, logger },
      settleVouchers: content.settleVouchers,
    },
  };
}

type SendingParts = Pick<
  Parameters<typeof composeSend>[0],
  'events' | 'profiles' | 'content' | 'isSendOver'
> & { campaigns: ReturnType<typeof createCampaignStore> };

function composeSending(
  environment: Config,
  collections: Mongo['collections'],
  { campaigns, ...stores }: SendingParts,
): ReturnType<typeof composeSend> {
  return composeSend({
    ...{ config: environment, collections, clock: systemClock, metrics, failover, lines, rates },
    ...{ ...stores, takeDown: site.takeDown },
    pace: composePace({
      ...{ collections, clock: systemClock, registry, zone: environment.KAIROS_ZONE },
    }),
    isStopped: isStoppedBy(campaigns),
    receivingSince: () => Math.max(news.since(), api.since()),
  });
}

function composeRevival(
  { KAIROS_ZONE, KAIROS_RUN_RETENTION }: Config,
  stores: Pick<Parameters<typeof createReviveRuns>[0], 'runs' | 'versions' | 'profiles'>,
): ReturnType<typeof createReviveRuns> {
  return createReviveRuns({
    ...stores,
    failedSince: (at) => listFailed(client, at),
    clock: systemClock,
    logger,
    defaultZone: KAIROS_ZONE,
    runsKeptMs: KAIROS_RUN_RETENTION,
    onRevived: (count) => {
      metrics.runsRevived.inc(count);
    },
    isEnding: () => ending.signal.aborted,
  });
}
