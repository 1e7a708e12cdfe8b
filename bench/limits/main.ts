/**
 * The process of the limits: one Temporal worker with the settings of Kairos' own, the bare
 * workflows and the usual shape on it, and the starts of both, made as Kairos makes its own: from
 * the worker's process, on the worker's connection.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createProviders } from '#channels/providers.ts';
import { channelSettings } from '#channels/settings.ts';
import { loadConfig } from '#platform/config.ts';
import { endWithParent } from '#platform/end-with-parent.ts';
import { connectMongo } from '#platform/mongo.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import { connectTemporalWorker } from '#platform/temporal.ts';
import { inLanes } from '../load.ts';
import { createUsualActivities } from '../usual-shape/activities.ts';
import { createBareActivities } from './bare-activities.ts';
import { LIMITS_QUEUE, type StartRequest, type Told } from './contract.ts';

/** How often the count of ended runs is told. */
const TELL_EVERY_MS = 20;

const config = loadConfig(process.env);
const logger = new DefaultLogger('WARN');
Runtime.install({ logger, shutdownSignals: [] });

const [mongo, connection, workflowBundle] = await Promise.all([
  connectMongo(config.MONGODB_URI),
  connectTemporalWorker(config.TEMPORAL_ADDRESS),
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
    logger,
  }),
]);
const namespace = config.TEMPORAL_NAMESPACE;
const client = new Client({ connection, namespace });
const links = { publicUrl: config.KAIROS_PUBLIC_URL, ...linkSecrets(config) };
const providers = createProviders(channelSettings(process.env, links));
const usual = createUsualActivities(mongo, providers.email);
const bare = createBareActivities(tell);

let done = 0;
let told = 0;
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: LIMITS_QUEUE,
  workflowBundle,
  activities: {
    ...usual,
    ...bare,
    async nothing() {
      await bare.nothing();
      done += 1;
    },
    async recordResult(result: Parameters<typeof usual.recordResult>[0]) {
      await usual.recordResult(result);
      done += 1;
    },
  },
  // As Kairos' own worker of journeys (worker/start-worker.ts).
  maxConcurrentWorkflowTaskExecutions: 100,
  maxCachedWorkflows: 2_000,
  shutdownGraceTime: '5s',
});
const running = worker.run();

const telling = setInterval(() => {
  if (done === told) return;
  told = done;
  tell({ kind: 'done', count: done });
}, TELL_EVERY_MS);

process.on('message', (request: StartRequest) => {
  start(request).catch((error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : 'unknown' });
  });
});
endWithParent(async () => {
  clearInterval(telling);
  worker.shutdown();
  await running;
  await connection.close();
  await mongo.close();
});
tell({ kind: 'ready' });

function tell(message: Told): void {
  process.send?.(message);
}

async function start({ type, runs, atOnce, isEager }: StartRequest): Promise<void> {
  let eager = 0;
  await inLanes(runs, atOnce, async ({ id, args }) => {
    const { eagerlyStarted } = await client.workflow.start(type, {
      workflowId: id,
      taskQueue: LIMITS_QUEUE,
      args,
      requestEagerStart: isEager,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    if (eagerlyStarted) eager += 1;
  });
  // Whether a start is eager is the server's to say, and the worker's, which needs a free slot.
  if (isEager && eager === 0) throw new Error('no start was eager');
}
