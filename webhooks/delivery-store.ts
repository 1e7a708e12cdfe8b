import { randomUUID } from 'node:crypto';
import type { Collection, Db, Filter } from 'mongodb';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { deliveryId } from '#platform/hash.ts';
import type { Session } from '#platform/transaction.ts';
import type { DeliveryStatus, StoredDelivery, StoredTry } from './webhook-document.ts';

/** How long what became of a delivery can be looked up, and replayed: the shortest life of an event. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Tries kept of one delivery: all of its first round. */
const HISTORY_MAX = 12;

/** An event that an address is to be told of. */
export interface NewDelivery {
  endpoint: string;
  eventId: string | null;
  event: string;
  profileId: string | null;
  /** Epoch ms at which the event came in. */
  at: number;
  place: number;
}

/** What came of a try, to be written down. */
export interface TryResult {
  status: DeliveryStatus;
  reason: StoredDelivery['reason'];
  /** Of one that is pending still. */
  nextAt: number;
  made: StoredTry | null;
}

/** What is to be told again. */
export type ReplayAsk = { delivery: string } | { failed: true } | { since: number };

export interface DeliveryStore {
  /** Writes down what is to be told; twice is once. */
  insert(made: readonly NewDelivery[], now: number, session?: Session): Promise<void>;
  /** Up to so many that are due, in order. */
  due(endpoint: string, now: number, limit: number): Promise<StoredDelivery[]>;
  /**
   * Writes down what came of a try. Of one that somebody else has tried meanwhile, or replayed,
   * nothing is changed: it is told again.
   */
  settle(delivery: StoredDelivery, result: TryResult, now: number): Promise<void>;
  /** When the next is due, epoch ms; null: nothing waits. */
  nextDue(endpoint: string): Promise<number | null>;
  list(
    endpoint: string,
    request: PageRequest & { status?: DeliveryStatus | undefined },
  ): Promise<Page<StoredDelivery>>;
  find(endpoint: string, id: string): Promise<StoredDelivery | null>;
  /** Makes some due again, as new; answers how many. */
  replay(endpoint: string, ask: ReplayAsk, now: number): Promise<number>;
  removeOf(endpoint: string): Promise<void>;
}

export function createDeliveryStore(db: Db): DeliveryStore {
  const deliveries = db.collection<StoredDelivery>('webhookDeliveries');
  return {
    async insert(made, now, session) {
      if (made.length === 0) return;
      const writes = made.map((one) => ({
        updateOne: {
          filter: { _id: deliveryId(one.endpoint, one.eventId ?? randomUUID()) },
          update: { $setOnInsert: documentOf(one, now) },
          upsert: true,
        },
      }));
      await deliveries.bulkWrite(writes, { ordered: false, ...(session && { session }) });
    },
    due: (endpoint, now, limit) =>
      deliveries
        .find({ endpoint, status: 'pending', nextAt: { $lte: now } })
        .sort({ nextAt: 1, place: 1 })
        .limit(limit)
        .toArray(),
    async settle({ _id, tries, replays }, { status, reason, nextAt, made }, now) {
      const isOver = status !== 'pending';
      await deliveries.updateOne(
        { _id, tries, replays, status: 'pending' },
        {
          $set: {
            ...{ status, reason, nextAt },
            ...(status === 'delivered' ? { deliveredAt: now } : {}),
            ...(isOver ? { expiresAt: new Date(now + KEPT_MS) } : {}),
          },
          ...(made === null
            ? {}
            : {
                $inc: { tries: 1 },
                $push: { history: { $each: [made], $slice: -HISTORY_MAX } },
              }),
        },
      );
    },
    async nextDue(endpoint) {
      const [next] = await deliveries
        .find({ endpoint, status: 'pending', nextAt: { $gt: 0 } })
        .sort({ nextAt: 1 })
        .limit(1)
        .project<Pick<StoredDelivery, 'nextAt'>>({ nextAt: 1 })
        .toArray();
      return next?.nextAt ?? null;
    },
    ...lookingAt(deliveries),
  };
}

/** What people ask of deliveries. */
function lookingAt(
  deliveries: Collection<StoredDelivery>,
): Pick<DeliveryStore, 'list' | 'find' | 'replay' | 'removeOf'> {
  return {
    async list(endpoint, { limit, after, status }) {
      const filter: Filter<StoredDelivery> = {
        endpoint,
        ...(status === undefined ? {} : { status }),
        ...(after === null
          ? {}
          : {
              $or: [
                { createdAt: { $lt: after.at } },
                { createdAt: after.at, _id: { $lt: after.id } },
              ],
            }),
      };
      const read = await deliveries
        .find(filter)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ _id, createdAt }) => ({ at: createdAt, id: _id }));
    },
    find: (endpoint, id) => deliveries.findOne({ _id: id, endpoint }),
    async replay(endpoint, ask, now) {
      const done = await deliveries.updateMany({ endpoint, ...replayed(ask) }, [
        {
          $set: {
            status: 'pending',
            reason: null,
            // Those told long ago go first, as they happened.
            nextAt: { $min: ['$createdAt', now] },
            tries: 0,
            deliveredAt: null,
            replays: { $add: ['$replays', 1] },
          },
        },
        { $unset: 'expiresAt' },
      ]);
      return done.modifiedCount;
    },
    async removeOf(endpoint) {
      await deliveries.deleteMany({ endpoint });
    },
  };
}

/** Of those that are being told anyway nothing is changed but where one is named. */
function replayed(ask: ReplayAsk): Filter<StoredDelivery> {
  if ('delivery' in ask) return { _id: ask.delivery };
  if ('failed' in ask) return { status: 'failed' };
  return { status: { $ne: 'pending' }, createdAt: { $gte: ask.since } };
}

function documentOf(
  { endpoint, eventId, event, profileId, at, place }: NewDelivery,
  now: number,
): Omit<StoredDelivery, '_id'> {
  return {
    ...{ endpoint, eventId, event, profileId, place },
    status: 'pending',
    reason: null,
    nextAt: at,
    tries: 0,
    history: [],
    replays: 0,
    createdAt: now,
    deliveredAt: null,
  };
}

/** The indexes of what is told to webhooks, safely repeatable. */
export async function ensureWebhookIndexes(db: Db): Promise<void> {
  const deliveries = db.collection<StoredDelivery>('webhookDeliveries');
  await Promise.all([
    deliveries.createIndex(
      { endpoint: 1, nextAt: 1, place: 1 },
      { partialFilterExpression: { status: 'pending' }, name: 'pending' },
      {},
    ),
    deliveries.createIndex({ endpoint: 1, createdAt: -1, _id: -1 }, {}, {}),
    deliveries.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, sparse: true }, {}),
  ]);
}
