import type { Filter } from 'mongodb';
import type { StoredErasure } from '#platform/erasure-documents.ts';
import { erasedRef } from '#platform/hash.ts';
import type { Mongo } from '#platform/mongo.ts';
import { inTransaction, type Session } from '#platform/transaction.ts';
import {
  PERSON_STORES,
  RUNS,
  TASKS,
  VOUCHERS,
  type PersonDocument,
  type PersonStore,
} from './person-stores.ts';

/** Documents deleted in one transaction, with their count: some milliseconds. */
const DELETED_AT_ONCE = 200;
/** How a run ends whose person was erased. */
const OUTCOME = 'erased';

/** What the second half of an erasure does, each safe to repeat and counted exactly once. */
export interface ErasureStore {
  find(id: string): Promise<StoredErasure | null>;
  /** The latest erasure of whoever had a profile's id, or an identity such as `email:…`; null: none. */
  of(name: string): Promise<StoredErasure | null>;
  /** Those that are not done, or not looked at again. */
  open(): Promise<string[]>;
  /** Ends the person's runs and sends where they stand, so that nothing begins or revives them. */
  endRuns(profiles: readonly string[], at: number): Promise<void>;
  runIds(profiles: readonly string[]): Promise<string[]>;
  /** Notes executions of workflows before they go. */
  noteHistories(id: string, executions: readonly string[]): Promise<void>;
  /** Deletes what stands of a person, `onPart` hears of each part; answers how much there was. */
  deleteAll(id: string, profiles: readonly string[], onPart: () => void): Promise<number>;
  /** Those of some imports that are being read still. */
  importsRunning(ids: readonly string[]): Promise<string[]>;
  complete(id: string, change: Partial<StoredErasure>): Promise<void>;
}

export function createErasureStore(
  mongo: Pick<Mongo, 'client' | 'db' | 'collections'>,
): ErasureStore {
  const { erasures, erased, runs } = mongo.collections;
  return {
    find: (id) => erasures.findOne({ _id: id }),
    async of(name) {
      const byProfile = await erasures.findOne({ profiles: name });
      if (byProfile !== null) return byProfile;
      const known = await erased.findOne({ _id: erasedRef(name) });
      return known === null ? null : erasures.findOne({ _id: known.erasure });
    },
    async open() {
      const found = await erasures
        .find({ lookedAgainAt: null }, { projection: { _id: 1 } })
        .toArray();
      return found.map(({ _id }) => _id);
    },
    async endRuns(profiles, at) {
      await runs.updateMany(
        { profileId: { $in: [...profiles] }, status: 'running' },
        {
          $set: { status: 'stopped', outcome: OUTCOME, endedAt: at },
          $unset: { unstarted: '', relisten: '' },
        },
      );
      // What is not due is started by nobody, while its history goes and after it.
      await mongo.db
        .collection('sends')
        .updateMany(
          { profileId: { $in: [...profiles] }, dueAt: { $gt: 0 } },
          { $set: { end: 'suppressed', reason: OUTCOME, endedAt: at }, $unset: { dueAt: '' } },
        );
    },
    runIds: (profiles) => runIdsOf(mongo, profiles),
    async noteHistories(id, executions) {
      if (executions.length === 0) return;
      await erasures.updateOne(
        { _id: id },
        { $addToSet: { histories: { $each: [...executions] } } },
      );
    },
    async deleteAll(id, profiles, onPart) {
      let count = await cutVouchers(mongo, { id, profiles });
      const ofRuns = await runIdsOf(mongo, profiles);
      for (const store of [TASKS, RUNS, ...PERSON_STORES]) {
        count += await deleteOf(mongo, { id, filter: store.of(profiles, ofRuns), store, onPart });
      }
      return count;
    },
    async importsRunning(ids) {
      const found = await mongo.db
        .collection<{ _id: string; status: string }>('imports')
        .find({ _id: { $in: [...ids] }, status: 'running' }, { projection: { _id: 1 } })
        .toArray();
      return found.map(({ _id }) => _id);
    },
    async complete(id, change) {
      await erasures.updateOne({ _id: id }, { $set: change });
    },
  };
}

type Stores = Pick<Mongo, 'client' | 'db' | 'collections'>;

interface Deletion {
  id: string;
  store: PersonStore;
  filter: Filter<PersonDocument>;
  onPart: () => void;
}

/** The runs of a person who has, or had, these profiles. */
export async function runIdsOf(
  { collections: { runs } }: Pick<Mongo, 'collections'>,
  profiles: readonly string[],
): Promise<string[]> {
  const ofPerson = { profileId: { $in: [...profiles] } };
  const found = await runs.find(ofPerson, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }) => _id);
}

/** Documents go together with their count: killed in between, neither did. */
async function deleteOf(mongo: Stores, { id, store, filter, onPart }: Deletion): Promise<number> {
  const collection = mongo.db.collection<PersonDocument>(store.name);
  const found = collection.find(filter, { projection: { _id: 1 } });
  let count = 0;
  let ids: string[] = [];
  const deleteThese = async (): Promise<void> => {
    const these = { _id: { $in: ids } };
    count += await inTransaction(mongo.client, async (session: Session) => {
      const { deletedCount } = await collection.deleteMany(these, { session });
      const deleted = { [`deleted.${store.name}`]: deletedCount };
      await mongo.collections.erasures.updateOne({ _id: id }, { $inc: deleted }, { session });
      return deletedCount;
    });
    ids = [];
    onPart();
  };
  for await (const { _id } of found) {
    ids.push(_id);
    if (ids.length >= DELETED_AT_ONCE) await deleteThese();
  }
  if (ids.length > 0) await deleteThese();
  return count;
}

async function cutVouchers(
  mongo: Stores,
  { id, profiles }: { id: string; profiles: readonly string[] },
): Promise<number> {
  const vouchers = mongo.db.collection<PersonDocument>(VOUCHERS.name);
  return inTransaction(mongo.client, async (session) => {
    const { modifiedCount } = await vouchers.updateMany(
      VOUCHERS.of(profiles, []),
      { $unset: { profileId: '', orderId: '' } },
      { session },
    );
    if (modifiedCount > 0) {
      const cut = { [`cut.${VOUCHERS.name}`]: modifiedCount };
      await mongo.collections.erasures.updateOne({ _id: id }, { $inc: cut }, { session });
    }
    return modifiedCount;
  });
}
