import type { Client } from '@temporalio/client';
import type { DeliverDeps } from '#activities/deliver-webhooks.ts';
import type { WebhookNotes } from '#activities/router/note-webhooks.ts';
import type { EventStore } from '#events/event-store.ts';
import { systemClock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { allowsPrivateWebhooks } from '#platform/production-config.ts';
import { ownExternalId } from '#profiles/own-external-id.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import { readProfile } from '#profiles/read-profile.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { createDeliveryStore } from '#webhooks/delivery-store.ts';
import { createEndpointStore } from '#webhooks/endpoint-store.ts';
import { createPostWebhook } from '#webhooks/post-webhook.ts';
import { webhookRules } from '#webhooks/webhook-rules.ts';
import type { WorkerMetrics } from './metrics/worker-metrics.ts';
import { createWakeWebhooks, redriveWebhooks } from './wake-webhooks.ts';

interface WebhookParts {
  client: Client;
  events: EventStore;
  logger: Logger;
  metrics: WorkerMetrics;
}

/** What the worker does with webhooks. */
interface Webhooks {
  notes: WebhookNotes;
  deliver: DeliverDeps;
  redrive: () => Promise<void>;
}

/** Puts together what notes webhooks with the events and what tells them. */
export function composeWebhooks(
  config: Config,
  { db, collections }: Pick<Mongo, 'db' | 'collections'>,
  { client, events, logger, metrics }: WebhookParts,
): Webhooks {
  const clock = systemClock;
  const endpoints = createEndpointStore(db);
  const deliveries = createDeliveryStore(db);
  const profiles = createProfileStore(collections);
  const segments = createLiveSegments(collections);
  const rules = webhookRules(allowsPrivateWebhooks(config, process.env));
  // Alerts ask for increases: a first one is seen only above a nought.
  for (const reason of ['gone', 'failing']) metrics.webhooksDisabled.inc({ reason }, 0);
  return {
    notes: {
      listening: () => endpoints.listening(),
      insert: (made, session) => deliveries.insert(made, clock(), session),
      wake: createWakeWebhooks(client, logger),
    },
    deliver: {
      webhooks: {
        endpoints,
        deliveries,
        post: createPostWebhook(rules, clock),
        chance: () => Math.random(),
        onTry: (outcome) => {
          metrics.webhookTries.inc({ outcome });
        },
        onDisabled: (reason) => {
          metrics.webhooksDisabled.inc({ reason });
        },
      },
      events,
      async tellProfile(id) {
        const profile = await profiles.follow(id);
        if (profile?.erasedAt !== null) return null;
        const kept = await segments.catalogue();
        const shop = {
          currency: config.KAIROS_CURRENCY,
          isSegment: (key: string) => kept.has(key),
        };
        const [told, externalId] = await Promise.all([
          readProfile(collections, profile, shop),
          ownExternalId(collections, profile._id),
        ]);
        return { ...told, externalId };
      },
      currency: config.KAIROS_CURRENCY,
      clock,
    },
    redrive: () => redriveWebhooks(client, { endpoints, deliveries }, clock),
  };
}
