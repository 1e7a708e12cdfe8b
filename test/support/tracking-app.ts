import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { createTrackingRouter } from '#api/tracking/tracking-router.ts';
import { createProblemHandler, sendProblem } from '#api/problem.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { createAcceptEvents } from '#events/accept-events.ts';
import { createCountPending, createPressure } from '#events/accept-pressure.ts';
import { createStamp } from '#events/accept-stamp.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import type { Clock } from '#platform/clock.ts';
import { createLogger } from '#platform/logger.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { createIdentityStore } from '#profiles/identity-store.ts';
import { newProfileId } from '#profiles/new-profile-id.ts';
import { normalizeAddresses } from '#profiles/normalize-addresses.ts';
import { OwnerCache } from '#profiles/owner-cache.ts';
import { createResolveIdentities } from '#profiles/resolve-identities.ts';

export const WRITE_KEY = 'write-key-of-the-tests-0001';
export const BROWSER_KEY = 'browser-key-of-the-tests-01';

/** A database of its own on the server of the tests, empty. */
export async function openTestDatabase(name: string): Promise<Mongo> {
  const uri = process.env.KAIROS_TEST_MONGODB_URI;
  if (uri === undefined) throw new Error('KAIROS_TEST_MONGODB_URI is not set');
  const mongo = await connectMongo(uri, name);
  await mongo.db.dropDatabase();
  await ensureIndexes(mongo.collections);
  return mongo;
}

export interface TrackingOptions {
  clock?: Clock;
  country?: string;
  pendingMax?: number;
  inFlightMax?: number;
}

/** Everything from the tracking router down to Mongo, wired as the API wires it. */
export function wireTracking(mongo: Mongo, options: TrackingOptions = {}) {
  const { clock = Date.now, country, ...limits } = options;
  const { collections } = mongo;
  const store = createAcceptStore(collections, RetentionSetting.parse(''), clock);
  const stamp = createStamp(clock);
  const accept = createAcceptEvents({
    store,
    stamp,
    resolve: createResolveIdentities({
      store: createIdentityStore(collections),
      cache: new OwnerCache(clock),
      newProfileId,
    }),
    normalize: (attributes) => normalizeAddresses(attributes, country),
    newId: randomUUID,
    receiptNames: new Set(Object.keys(RECEIPT_EVENTS)),
    pressure: createPressure({ countPending: createCountPending(collections), clock, ...limits }),
  });
  const keys = { writeKeys: [WRITE_KEY], browserKeys: [BROWSER_KEY] };
  const app: Express = express();
  app.use(createTrackingRouter({ accept, keys, sendProblem }));
  app.use(createProblemHandler(createLogger('test', 'silent')));
  return { app, accept, store, stamp };
}

/** Listens on a free loopback port; resolves with the server and its address. */
export async function listen(app: Express): Promise<{ server: Server; url: string }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${String(port)}` };
}
