import type { Client } from '@temporalio/client';
import type { Registry } from 'prom-client';
import type { WebhookNotes } from '#activities/router/note-webhooks.ts';
import { createHistories } from '#activities/erase/histories.ts';
import { createErasureStore } from '#erasures/erasure-store.ts';
import type { EventStore } from '#events/event-store.ts';
import { systemClock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createReportSigner } from '#platform/sign-report.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import { createReconcileStore } from '#reconciles/reconcile-store.ts';
import { createFillStore } from '#segments/fill-store.ts';
import { composeCatalogue, redriveCatalogue } from './catalogue.ts';
import { composeLooks } from './compose-looks.ts';
import { composeSources } from './compose-sources.ts';
import { composeWebhooks } from './compose-webhooks.ts';
import type { WorkerMetrics } from './metrics/worker-metrics.ts';
import {
  redriveErasures,
  redriveFills,
  redriveReconciles,
  type WorkerParts,
} from './start-worker.ts';

interface FeatureParts {
  client: Client;
  events: EventStore;
  logger: Logger;
  metrics: WorkerMetrics;
  registry: Registry;
}

/** What the system's workflows need beyond the path of events. */
type Control = Pick<
  WorkerParts['control'],
  | keyof ReturnType<typeof composeCatalogue>
  | keyof ReturnType<typeof composeLooks>
  | 'fills'
  | 'reconciles'
  | 'deliver'
  | 'pull'
  | 'erase'
>;

/** What stands beside the path of events: segments' filling, catalogue, webhooks, sources, looks. */
export function composeFeatures(
  config: Config,
  mongo: Mongo,
  { client, events, logger, metrics, registry }: FeatureParts,
): { notes: WebhookNotes; control: Control; redrive: () => Promise<void> } {
  const clock = systemClock;
  const fills = createFillStore(mongo.collections);
  const webhooks = composeWebhooks(config, mongo, { client, events, logger, metrics });
  const catalogue = composeCatalogue(mongo, logger);
  const reconciles = createReconcileStore(mongo.collections);
  const erase = {
    erasures: createErasureStore(mongo),
    histories: createHistories(client),
    signer: createReportSigner(linkSecrets(config).signing),
  };
  const sources = composeSources({ config, mongo, client, registry, clock, logger });
  return {
    notes: webhooks.notes,
    control: {
      ...{ ...catalogue, erase, fills, reconciles, deliver: webhooks.deliver, pull: sources.pull },
      ...composeLooks(config, mongo),
    },
    /** What Temporal was not told of, or has lost. */
    async redrive() {
      await redriveFills(client, fills);
      await webhooks.redrive();
      await redriveCatalogue(client, catalogue, clock);
      await redriveReconciles(client, reconciles);
      await redriveErasures(client, erase);
      await sources.schedule();
    },
  };
}
