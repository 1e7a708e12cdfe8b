import { createCallStep } from '#activities/call-step.ts';
import type { RunWorld } from '#activities/run-world.ts';
import { createSendReads } from '#activities/send-request.ts';
import { createTaskDesk } from '#activities/task-desk.ts';
import { createStamp } from '#events/accept-stamp.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import { createAcceptTasks } from '#events/accept-tasks.ts';
import { systemClock as clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Mongo } from '#platform/mongo.ts';
import { allowsPrivateWebhooks } from '#platform/production-config.ts';
import { ownExternalId } from '#profiles/own-external-id.ts';
import { createTaskStore } from '#tasks/task-store.ts';
import { createPostWebhook } from '#webhooks/post-webhook.ts';
import { webhookRules } from '#webhooks/webhook-rules.ts';
import type { WorkerMetrics } from './metrics/worker-metrics.ts';

/**
 * What steps of journeys do beside sending: they call addresses of the shop, apart from endpoints,
 * whose places they must not take, and they make tasks, which a run that leaves takes back.
 */
export function composeSteps(
  config: Config,
  { collections, db }: Pick<Mongo, 'collections' | 'db'>,
  { metrics, withdraw }: Pick<RunWorld, 'withdraw'> & { metrics: WorkerMetrics },
): Pick<RunWorld, 'call' | 'task' | 'withdraw'> {
  const { KAIROS_CURRENCY, KAIROS_LANGUAGE, KAIROS_CONNECTIONS } = config;
  const settings = { currency: KAIROS_CURRENCY, defaultLanguage: KAIROS_LANGUAGE };
  const externalId = (profileId: string): Promise<string | null> =>
    ownExternalId(collections, profileId);
  const reads = createSendReads(collections);
  const desk = createTaskDesk({
    tasks: createTaskStore({ db, keptMs: config.KAIROS_RUN_RETENTION }),
    accept: createAcceptTasks({
      store: createAcceptStore(collections, config.KAIROS_RETENTION, clock),
      stamp: createStamp(clock),
    }),
    hasRunEnded: (runId) => reads.hasRunEnded(runId),
    ...{ externalId, settings, clock },
  });
  const call = createCallStep({
    post: createPostWebhook(webhookRules(allowsPrivateWebhooks(config, process.env)), clock),
    connections: KAIROS_CONNECTIONS,
    chance: () => Math.random(),
    onCall: (outcome) => {
      metrics.webhookCalls.inc({ outcome });
    },
    ...{ externalId, settings, clock },
  });
  return {
    call,
    task: (request) => desk.task(request),
    async withdraw(which) {
      await withdraw(which);
      if ('runId' in which && which.cutOff === true) await desk.withdrawTasks(which.runId);
    },
  };
}
