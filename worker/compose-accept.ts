import { randomUUID } from 'node:crypto';
import { createPassDevices, type PassDevices } from '#activities/router/pass-devices.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { createAcceptEvents, type AcceptEvents } from '#events/accept-events.ts';
import { createCountPending, createPressure } from '#events/accept-pressure.ts';
import { createStamp } from '#events/accept-stamp.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import {
  createForgetDevice,
  createForgetDevices,
  type ForgetDevice,
} from '#events/forget-device.ts';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createIdentityStore } from '#profiles/identity-store.ts';
import { newProfileId } from '#profiles/new-profile-id.ts';
import { normalizeAddresses } from '#profiles/normalize-addresses.ts';
import { OwnerCache } from '#profiles/owner-cache.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import { createResolveIdentities } from '#profiles/resolve-identities.ts';

/** The way in of what Kairos itself finds out of devices. */
export function composeForgetDevice(
  { collections: c }: Pick<Mongo, 'collections'>,
  config: Pick<Config, 'KAIROS_RETENTION'>,
  clock: Clock,
): ForgetDevice {
  const store = createAcceptStore(c, config.KAIROS_RETENTION, clock);
  return createForgetDevice({ store, stamp: createStamp(clock) });
}

/** Takes devices from those who have them no more, as events bring them to others. */
export function composePassDevices(
  { collections: c }: Pick<Mongo, 'collections'>,
  profiles: Pick<ProfileStore, 'holding'>,
  { KAIROS_RETENTION, clock }: Pick<Config, 'KAIROS_RETENTION'> & { clock: Clock },
): PassDevices {
  const store = createAcceptStore(c, KAIROS_RETENTION, clock);
  const forget = createForgetDevices({ store, stamp: createStamp(clock) });
  return createPassDevices({ profiles, forget });
}

/** The way in of events, as the API has it: what the worker brings in goes no other. */
export function composeAccept(
  { collections: c }: Pick<Mongo, 'collections'>,
  config: Pick<Config, 'KAIROS_RETENTION' | 'KAIROS_COUNTRY' | 'KAIROS_BACKLOG_MAX'>,
  clock: Clock,
): AcceptEvents {
  return createAcceptEvents({
    store: createAcceptStore(c, config.KAIROS_RETENTION, clock),
    stamp: createStamp(clock),
    newId: () => randomUUID(),
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
