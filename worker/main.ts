import { Client } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { createRunStarter } from '#activities/router/run-starter.ts';
import { watchNews } from '#activities/router/news.ts';
import { createRunWorld } from '#activities/run-world.ts';
import { createSendMessage } from '#activities/send-message.ts';
import { createWithdrawMessages } from '#activities/withdraw-messages.ts';
import { closeProviders, createProviders } from '#channels/providers.ts';
import { channelSettings } from '#channels/settings.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { createEventStore } from '#events/event-store.ts';
import { createControlStore } from '#journeys/control-store.ts';
import { createJourneyVersions } from '#journeys/live-journeys.ts';
import { createRunStore } from '#journeys/run-store.ts';
import { createMessageProgress } from '#messages/message-progress.ts';
import { createReceiptStore } from '#messages/receipt-store.ts';
import { systemClock } from '#platform/clock.ts';
import { loadConfig, type Config } from '#platform/config.ts';
import { endWithParent } from '#platform/end-with-parent.ts';
import { createHeartbeat, followHeartbeat } from '#platform/heartbeat.ts';
import { createLogger, errorCode } from '#platform/logger.ts';
import { connectMongo, ensureIndexes, type Mongo } from '#platform/mongo.ts';
import { ensureSearchAttributes } from '#platform/search-attributes.ts';
import { connectTemporalWorker } from '#platform/temporal.ts';
import { inTransaction } from '#platform/transaction.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import { createLoadTemplate } from '#templates/load-template.ts';
import { SEARCH_ATTRIBUTES, sendQueue } from '#workflows/contract.ts';
import { bundleWorkflows } from './bundles.ts';
import { createWorkers, redriveControl, startSystem, type WorkerParts } from './start-worker.ts';

const config = loadConfig(process.env);
const logger = createLogger('worker', config.KAIROS_LOG_LEVEL);

Runtime.install({
  // The SDK's own lines quote workflow inputs at debug level; its warnings name ids only.
  logger: new DefaultLogger('WARN', ({ level, message }) => {
    logger.warn({ sdk: level }, message);
  }),
  telemetryOptions: {
    logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
  },
  shutdownSignals: [],
});

const [mongo, connection, bundles] = await Promise.all([
  connectMongo(config.MONGODB_URI),
  connectTemporalWorker(config.TEMPORAL_ADDRESS),
  bundleWorkflows(),
]);
await Promise.all([
  ensureIndexes(mongo.collections),
  ensureSearchAttributes(connection, config.TEMPORAL_NAMESPACE, SEARCH_ATTRIBUTES),
]);
const news = watchNews(mongo.collections, logger);
// Receipts come in through the API: while it is away, silence of a provider means nothing.
const api = followHeartbeat(mongo.db, 'api', systemClock);
const providers = createProviders(channelSettings(process.env, config.KAIROS_PUBLIC_URL));
const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
const ending = new AbortController();
const parts: WorkerParts = {
  ...composeDeps(config, mongo),
  connection,
  client,
  namespace: config.TEMPORAL_NAMESPACE,
  bundles,
  ending: ending.signal,
  providers: Object.values(providers).map((provider) => provider.name),
  logger,
};
const workers = await createWorkers(parts);
const running = workers.map((worker) => worker.run());
await startSystem(client);
logger.info('worker runs');

endWithParent(async () => {
  ending.abort();
  api.close();
  await news.close();
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await Promise.allSettled(running);
  await closeProviders(providers);
  await connection.close();
  await mongo.close();
});

Promise.all(running).catch((error: unknown) => {
  logger.fatal({ code: errorCode(error) }, 'worker stopped');
  process.exit(1);
});

function composeDeps(
  environment: Config,
  { client: mongoClient, collections, db }: Mongo,
): Pick<WorkerParts, 'advance' | 'owner' | 'control'> {
  const { KAIROS_CURRENCY, KAIROS_ZONE, KAIROS_LANGUAGE, KAIROS_PUBLIC_URL } = environment;
  const { KAIROS_ADMIN_KEY, KAIROS_RECEIPT_WAIT_S } = environment;
  const clock = systemClock;
  const events = createEventStore(collections);
  const profiles = createProfileStore(collections);
  const runs = createRunStore(collections);
  const versions = createJourneyVersions(collections);
  const starter = createRunStarter(client);
  const control = createControlStore(collections);
  const settings = {
    shopCurrency: KAIROS_CURRENCY,
    defaultZone: KAIROS_ZONE,
    consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
  };
  const send = createSendMessage({
    collections,
    providers,
    profiles,
    templates: createLoadTemplate({ collections }),
    clock,
    settings: {
      consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
      currency: KAIROS_CURRENCY,
      defaultLanguage: KAIROS_LANGUAGE,
      publicUrl: KAIROS_PUBLIC_URL,
      linkSecret: KAIROS_ADMIN_KEY,
      receiptWaitMs: KAIROS_RECEIPT_WAIT_S * 1_000,
    },
    isReceiptQueued: (profileId, messageId) => events.isReceiptQueued(profileId, messageId),
    receivingSince: () => Math.max(news.since(), api.since()),
  });
  const withdrawMessages = createWithdrawMessages({ collections, clock });
  const world = createRunWorld({
    profiles,
    events,
    settings,
    send,
    withdraw: withdrawMessages,
    receipts: createMessageProgress(collections),
    sendQueue: (channel) => sendQueue(providers[channel].name),
  });
  const apply = {
    events,
    profiles,
    runs,
    versions,
    receipts: createReceiptStore(collections),
    transact: <T>(work: Parameters<typeof inTransaction<T>>[1]) => inTransaction(mongoClient, work),
    clock,
    settings,
  };
  return {
    advance: { runs, events, versions, world, clock },
    owner: {
      ...apply,
      starter,
      logger,
      awaitNews: (partitions, ms) => news.await(partitions, ms),
      beat: createHeartbeat(db, 'router', clock),
      redrive: () => redriveControl(client, control),
    },
    control: { ...apply, control, starter },
  };
}
