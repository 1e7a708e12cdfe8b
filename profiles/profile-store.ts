import type { Filter } from 'mongodb';
import type { Merge, ProfileChange } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Parting } from '#domain/merge/fold-undo.ts';
import type { UndoRefusal } from '#domain/merge/undo-refusal.ts';
import type { DeviceHolder } from '#domain/profile/passed-devices.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { Session } from '#platform/transaction.ts';
import type { Collections } from '#platform/mongo.ts';
import { findHolders } from './find-holders.ts';
import { moveApart } from './move-apart.ts';
import { moveToKept } from './move-to-kept.ts';
import { saveProfiles } from './save-profiles.ts';
import { readUndoable, type UndoableMerge } from './read-undoable.ts';
import { sendHome } from './send-home.ts';

export interface ProfileStore {
  byIds(ids: readonly string[]): Promise<Map<string, Profile>>;
  /** One profile, following merges. */
  follow(id: string): Promise<Profile | null>;
  ordersByIds(ids: readonly string[]): Promise<Map<string, Order>>;
  /** All orders of profiles that are about to become one. */
  ordersOf(profileIds: readonly string[]): Promise<Map<string, Order>>;
  /** Profiles of these partitions whose instant has come. */
  due(partitions: readonly number[], now: number, limit: number): Promise<Profile[]>;
  /** Takes a profile that cannot be looked at off the clock, with a code. */
  putOff(id: string, fault: string): Promise<void>;
  /** The earliest instant any of these partitions waits for; null when none does. */
  nextDue(partitions: readonly number[]): Promise<number | null>;
  /** Profiles after an id, in order of id: a walk that can be resumed. */
  after(id: string | null, limit: number): Promise<Profile[]>;
  /** Profiles after an id that are interested in a product, in order of id. */
  interestedIn(product: string, after: string, limit: number): Promise<Profile[]>;
  /** Who has devices, by their tokens, that were not merged into others; so many of them at most. */
  holding(tokens: readonly string[]): Promise<DeviceHolder[]>;
  /** Fails with Fenced when a revision is not the expected one (null: must not exist yet). */
  save(changes: readonly ProfileChange[], session: Session): Promise<void>;
  saveOrders(orders: readonly Order[], session: Session): Promise<void>;
  /** These and no others are the orders of a profile. */
  replaceOrders(profileId: string, orders: readonly Order[], session: Session): Promise<void>;
  /** Moves everything but the profile itself from the merged to the kept one. */
  merge(merge: Merge, session: Session): Promise<void>;
  /** What is needed to undo a merge, or why it cannot be undone; null where there is none. */
  undoable(mergeId: string): Promise<UndoableMerge | { refusal: UndoRefusal } | null>;
  /** Gives each of two profiles what is its own again; fails with Fenced if that was done before. */
  part(parting: Parting, session: Session): Promise<void>;
  /** Nobody is known any more by what leads to these, who were erased. */
  forgetIdentities(profileIds: readonly string[]): Promise<void>;
  /** Sends queued events home that were accepted for a profile since parted; answers their ids. */
  sendHome(events: readonly StoredEvent[], parted: readonly string[]): Promise<Set<string>>;
}

/** Merges may chain; more than this is a fault of ours. */
const MERGES_FOLLOWED_MAX = 20;

export function createProfileStore(c: Collections): ProfileStore {
  const byId = readById(c.profiles);

  return {
    async byIds(ids) {
      const asked = c.profiles.find({ _id: { $in: [...ids] } }).batchSize(ids.length + 1);
      return new Map((await asked.toArray()).map((profile) => [profile._id, profile]));
    },
    async follow(id) {
      let profile = await byId(id);
      for (let hop = 0; profile?.mergedInto != null; hop += 1) {
        if (hop >= MERGES_FOLLOWED_MAX) return null;
        profile = await byId(profile.mergedInto);
      }
      return profile;
    },
    async ordersByIds(ids) {
      if (ids.length === 0) return new Map<string, Order>();
      const found = await c.orders.find({ _id: { $in: [...ids] } }).toArray();
      return new Map(found.map((order) => [order._id, order]));
    },
    async ordersOf(profileIds) {
      if (profileIds.length === 0) return new Map<string, Order>();
      const found = await c.orders.find({ profileId: { $in: [...profileIds] } }).toArray();
      return new Map(found.map((order) => [order._id, order]));
    },
    due: (partitions, now, limit) =>
      c.profiles
        .find({ partition: { $in: [...partitions] }, nextWatchAt: { $gt: 0, $lte: now } })
        .limit(limit)
        .toArray(),
    async putOff(id, fault) {
      await c.profiles.updateOne(
        { _id: id },
        { $set: { nextWatchAt: null, fault }, $inc: { revision: 1 } },
      );
    },
    async nextDue(partitions) {
      const [first] = await c.profiles
        .find({ partition: { $in: [...partitions] }, nextWatchAt: { $gt: 0 } })
        .sort({ nextWatchAt: 1 })
        .limit(1)
        .project<{ nextWatchAt: number }>({ nextWatchAt: 1 })
        .toArray();
      return first?.nextWatchAt ?? null;
    },
    after: (id, limit) => pageOf(c, { _id: { $gt: id ?? '' } }, limit),
    interestedIn: (product, after, limit) =>
      pageOf(c, { 'interests.product': product, _id: { $gt: after } }, limit),
    holding: (tokens) => findHolders(c, tokens),
    save: (changes, session) => saveProfiles(c, changes, session),
    async saveOrders(orders, session) {
      if (orders.length === 0) return;
      await c.orders.bulkWrite(
        orders.map((order) => ({
          replaceOne: { filter: { _id: order._id }, replacement: order, upsert: true },
        })),
        { session },
      );
    },
    replaceOrders: (id, orders, session) => replaceOrders(c, { id, orders }, session),
    merge: (merge, session) => moveToKept(c, merge, session),
    undoable: (mergeId) => readUndoable(c, mergeId),
    part: (parting, session) => moveApart(c, parting, session),
    sendHome: (events, parted) => sendHome(c, events, parted),
    async forgetIdentities(profileIds) {
      await c.identities.deleteMany({ profileId: { $in: [...profileIds] } });
    },
  };
}

/** Some profiles in the order of ids. */
function pageOf(
  { profiles }: Pick<Collections, 'profiles'>,
  filter: Filter<Profile>,
  limit: number,
): Promise<Profile[]> {
  return profiles.find(filter).sort({ _id: 1 }).limit(limit).toArray();
}

async function replaceOrders(
  c: Pick<Collections, 'orders'>,
  { id: profileId, orders }: { id: string; orders: readonly Order[] },
  session: Session,
): Promise<void> {
  await c.orders.deleteMany({ profileId }, { session });
  if (orders.length > 0) await c.orders.insertMany([...orders], { session });
}
