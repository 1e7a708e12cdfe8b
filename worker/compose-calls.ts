import { createCallStep, type CallStep } from '#activities/call-step.ts';
import { systemClock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Mongo } from '#platform/mongo.ts';
import { allowsPrivateWebhooks } from '#platform/production-config.ts';
import { ownExternalId } from '#profiles/own-external-id.ts';
import { createPostWebhook } from '#webhooks/post-webhook.ts';
import { webhookRules } from '#webhooks/webhook-rules.ts';
import type { WorkerMetrics } from './metrics/worker-metrics.ts';

/** What runs call addresses of the shop with: apart from endpoints, whose places it must not take. */
export function composeCalls(
  config: Config,
  { collections }: Pick<Mongo, 'collections'>,
  metrics: Pick<WorkerMetrics, 'webhookCalls'>,
): { call: CallStep } {
  const rules = webhookRules(allowsPrivateWebhooks(config, process.env));
  const { KAIROS_CURRENCY, KAIROS_LANGUAGE, KAIROS_CONNECTIONS } = config;
  const call = createCallStep({
    post: createPostWebhook(rules, systemClock),
    connections: KAIROS_CONNECTIONS,
    externalId: (profileId) => ownExternalId(collections, profileId),
    settings: { currency: KAIROS_CURRENCY, defaultLanguage: KAIROS_LANGUAGE },
    clock: systemClock,
    chance: () => Math.random(),
    onCall: (outcome) => {
      metrics.webhookCalls.inc({ outcome });
    },
  });
  return { call };
}
