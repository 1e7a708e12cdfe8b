import { createServer, type Server } from 'node:http';
import { ensureImportIndexes } from '#imports/import-store.ts';
import { ensureBestSellerIndexes } from '#products/best-seller-store.ts';
import { ensureProductIndexes } from '#products/product-store.ts';
import { ensureTemplateIndexes } from '#templates/template-collections.ts';
import { ensureTaskIndexes } from '#tasks/task-store.ts';
import { registerVoucherGauges } from '#vouchers/voucher-gauges.ts';
import { ensureVoucherIndexes } from '#vouchers/stored-voucher.ts';
import { systemClock } from '#platform/clock.ts';
import { loadConfig } from '#platform/config.ts';
import { endWithParent } from '#platform/end-with-parent.ts';
import { createHeartbeat } from '#platform/heartbeat.ts';
import { createLogger, errorCode } from '#platform/logger.ts';
import { createRegistry } from '#platform/metrics.ts';
import { registerStoreGauges } from '#platform/metrics/store-gauges.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo } from '#platform/mongo.ts';
import { ensureCampaignIndexes } from '#campaigns/campaign-document.ts';
import { ensureSendIndexes } from '#sends/send-document.ts';
import { ensureWebhookIndexes } from '#webhooks/delivery-store.ts';
import { ensureSourceIndexes } from '#sources/pull-store.ts';
import { createApiMetrics } from './api-metrics.ts';
import { createApp } from './app.ts';
import { composeApi } from './compose.ts';
import { prepareDrain } from './drain.ts';
import { ensureIdempotencyIndex } from './idempotency.ts';
import { noteKeys } from './note-keys.ts';
import { limitBodies } from './slow-bodies.ts';
import { createTemporalPort } from './temporal-port.ts';

/** Longer than any proxy's own, so that it is never Kairos that closes a connection under a call. */
const KEEP_ALIVE_MS = 65_000;

const config = loadConfig(process.env);
const logger = createLogger('api', config.KAIROS_LOG_LEVEL);
const mongo = await connectMongo(config.MONGODB_URI);
await Promise.all([
  ensureIndexes(mongo.collections),
  ensureIdempotencyIndex(mongo.db),
  ensureImportIndexes(mongo.db),
  ensureWebhookIndexes(mongo.db),
  ensureProductIndexes(mongo.db),
  ensureTemplateIndexes(mongo.db),
  ensureVoucherIndexes(mongo.db),
  ensureBestSellerIndexes(mongo.db),
  ensureSourceIndexes(mongo.db),
  ensureCampaignIndexes(mongo.db),
  ensureSendIndexes(mongo.db),
  ensureTaskIndexes(mongo.db),
]);
const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = config;
const temporal = createTemporalPort({ address, namespace }, logger);
const registry = createRegistry({ withProcess: true });
const clock = systemClock;
registerStoreGauges(registry, mongo, clock);
await noteKeys(mongo.collections, config, clock());
const metrics = createApiMetrics(registry);
const end = new AbortController();
const deps = composeApi({
  config,
  env: process.env,
  mongo,
  temporal,
  logger,
  metrics,
  clock,
  ending: end.signal,
});
registerVoucherGauges(registry, deps.vouchers, clock);

const server = createServer(createApp(deps));
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.headersTimeout = KEEP_ALIVE_MS + 1_000;
limitBodies(server);
const drain = prepareDrain(server);
await listen(server, config.KAIROS_PORT, config.KAIROS_HOST);
const beat = createHeartbeat(mongo.db, 'api', clock);
const beating = setInterval(() => {
  beat().catch((error: unknown) => {
    logger.warn({ code: errorCode(error) }, 'heartbeat failed');
  });
}, 1_000);
deps.imports.start();
logger.info({ port: config.KAIROS_PORT }, 'api listens');

endWithParent(async () => {
  end.abort();
  clearInterval(beating);
  await drain();
  await temporal.close();
  await mongo.close();
});

function listen(http: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      resolve();
    });
  });
}
