import { randomUUID } from 'node:crypto';
import { channelSettings } from '#channels/settings.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { createErasureStore } from '#erasures/erasure-store.ts';
import { createAcceptAdminEvent } from '#events/accept-admin.ts';
import { createAcceptEvents } from '#events/accept-events.ts';
import { createAcceptMembers } from '#events/accept-members.ts';
import { createCountPending, createPressure } from '#events/accept-pressure.ts';
import { createAcceptReceipts } from '#events/accept-receipts.ts';
import { createStamp } from '#events/accept-stamp.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import { createAwaitApplied } from '#events/await-applied.ts';
import { createEventStore } from '#events/event-store.ts';
import { createProviderHealthStore } from '#messages/provider-health-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { linkSecrets, readLink } from '#platform/signed-link.ts';
import { createFindProfile, createFindProfileId } from '#profiles/find-profile.ts';
import { createIdentityStore } from '#profiles/identity-store.ts';
import { newProfileId } from '#profiles/new-profile-id.ts';
import { normalizeAddresses } from '#profiles/normalize-addresses.ts';
import { OwnerCache } from '#profiles/owner-cache.ts';
import { createResolveIdentities } from '#profiles/resolve-identities.ts';
import { createReconcileStore } from '#reconciles/reconcile-store.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { measureAccept, measureAcceptStore } from './measure-accept.ts';
import type { ApiMetrics } from './api-metrics.ts';
import type { AppDeps } from './deps.ts';
import { composeCampaigns } from './compose-campaigns.ts';
import { composeContent } from './compose-content.ts';
import { composeImports } from './compose-imports.ts';
import { composeLinks } from './compose-links.ts';
import { composeOutward } from './compose-outward.ts';
import { composeSends } from './compose-sends.ts';
import { composeSite } from './compose-site.ts';
import { composeSources } from './compose-sources.ts';
import { composeTasks } from './compose-tasks.ts';
import { sendProblem } from './problem.ts';
import { createTrackingRouter, type TrackingKeys } from './tracking/tracking-router.ts';
import type { TemporalPort } from './temporal-port.ts';

export interface ComposeParts {
  config: Config;
  /** Where the channels' settings are read from. */
  env: Readonly<Record<string, string | undefined>>;
  mongo: Mongo;
  temporal: TemporalPort;
  logger: Logger;
  metrics: ApiMetrics;
  clock: Clock;
  ending?: AbortSignal;
}

/** Puts the API's parts together: called by main.ts, and by tests with servers of their own. */
export function composeApi(parts: ComposeParts): AppDeps {
  const { config, env, mongo, temporal, logger, metrics, clock } = parts;
  const c = mongo.collections;
  const country = config.KAIROS_COUNTRY === undefined ? {} : { country: config.KAIROS_COUNTRY };
  const store = measureAcceptStore(createAcceptStore(c, config.KAIROS_RETENTION, clock), metrics);
  const stamp = createStamp(clock);
  const eventStore = createEventStore(c, config.KAIROS_RETENTION);
  const newId = (): string => randomUUID();
  const publicUrl = config.KAIROS_PUBLIC_URL;
  const channels = channelSettings(env, { publicUrl, ...linkSecrets(config) });
  const accept = composeAccept(parts, { store, stamp, newId });
  const keys = trackingKeys(config);
  const findProfile = createFindProfile(c, country);
  const acceptAdminEvent = createAcceptAdminEvent({ store, stamp, newId });
  const acceptReceipts = createAcceptReceipts({ store, stamp });
  return {
    ...(parts.ending && { ending: parts.ending }),
    config,
    mongo,
    clock,
    logger,
    metrics,
    tracking: createTrackingRouter({ accept: measureAccept(accept, metrics), keys, sendProblem }),
    site: composeSite({
      ...{ ...parts, keys, accept, acceptAdminEvent, findProfile, acceptReceipts },
      webPushKey: env.VAPID_PUBLIC_KEY,
    }),
    findProfile,
    findProfileId: createFindProfileId(c, country),
    acceptAdminEvent,
    awaitApplied: createAwaitApplied(c),
    acceptReceipts,
    links: composeLinks({ ...parts, acceptReceipts }),
    webhooks: channels.receipts,
    texts: channels.texts,
    providers: channels.providers,
    providerHealth: createProviderHealthStore(mongo.db, clock),
    storeTemplate: createStoreTemplate(mongo),
    ...composeContent({ ...parts, channels }),
    readLink: (token) => readUnsubscribe(linkSecrets(config).known, token),
    ...composeOutward(parts),
    ...composeImports({
      ...parts,
      ...{ accept, newId },
      acceptMembers: createAcceptMembers({ store, stamp }),
      tellCatalogue: () => temporal.tellCatalogue(),
    }),
    ...{ sources: composeSources({ ...parts, newId }), campaigns: composeCampaigns(parts) },
    ...composeSends(parts),
    ...composeTasks(parts),
    startControl: (input) => temporal.startControl(input),
    startFill: (input) => temporal.startFill(input),
    startReconcile: (id) => temporal.startReconcile(id),
    startErasure: (id) => temporal.startErasure(id),
    erasures: createErasureStore(mongo),
    reconciles: createReconcileStore(c),
    segments: createLiveSegments(c),
    pastEvents: (ids, asked, bytesMax) => eventStore.past(ids, asked, bytesMax),
    temporalVersion: () => temporal.serverVersion(),
  };
}

/** How events that customers' own devices and the shop's servers tell come in. */
function composeAccept(
  { config, mongo, clock }: Pick<ComposeParts, 'config' | 'mongo' | 'clock'>,
  {
    store,
    stamp,
    newId,
  }: Pick<Parameters<typeof createAcceptEvents>[0], 'store' | 'stamp' | 'newId'>,
): ReturnType<typeof createAcceptEvents> {
  const c = mongo.collections;
  return createAcceptEvents({
    store,
    stamp,
    newId,
    receiptNames: new Set(Object.keys(RECEIPT_EVENTS)),
    normalize: (attributes) => normalizeAddresses(attributes, config.KAIROS_COUNTRY),
    resolve: createResolveIdentities({
      store: createIdentityStore(c),
      cache: new OwnerCache(clock),
      newProfileId,
    }),
    pressure: createPressure({
      countPending: createCountPending(c),
      clock,
      ...(config.KAIROS_BACKLOG_MAX !== undefined && { pendingMax: config.KAIROS_BACKLOG_MAX }),
    }),
  });
}

function trackingKeys(config: Config): TrackingKeys {
  return {
    writeKeys: [config.KAIROS_WRITE_KEY, ...config.KAIROS_WRITE_KEY_PREVIOUS],
    browserKeys: [
      ...(config.KAIROS_BROWSER_KEY === undefined ? [] : [config.KAIROS_BROWSER_KEY]),
      ...config.KAIROS_BROWSER_KEY_PREVIOUS,
    ],
  };
}

function readUnsubscribe(
  secrets: readonly string[],
  token: string,
): ReturnType<AppDeps['readLink']> {
  const { profileId, channel, messageId } = readLink(secrets, token) ?? {};
  if (profileId === undefined || channel === undefined || messageId === undefined) return null;
  return { profileId, channel, messageId };
}
