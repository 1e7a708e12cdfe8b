import type { ClientSession, Collection, Db } from 'mongodb';
import type { Terms } from '#domain/product/terms.ts';
import type { Product } from '#domain/product/product.ts';
import { tellingsOf } from '#domain/product/tellings.ts';
import { Fenced } from '#platform/transaction.ts';

/**
 * A change of a product that interested people are to be told of: written with the product, in one
 * transaction, and gone once everybody was told.
 */
export interface StoredProductChange {
  /** `<product>|<revision it began with>` */
  _id: string;
  product: string;
  /** The product's, with its latest change. */
  revision: number;
  /** Epoch ms of the first change. */
  at: number;
  /** Epoch ms of the latest that joined it; absent: none did. */
  changedAt?: number;
  before: Terms;
  after: Terms;
  /** Since when people are being told; null: later changes of the product still join this one. */
  begunAt: number | null;
  /** The last profile that was looked at; empty: none yet. */
  reached: string;
  /** A code, where telling it failed by a fault of ours and it was set aside. */
  fault?: string;
}

/** One product before and after something changed in it. */
export interface Move {
  before: Terms;
  after: Terms;
  product: Product;
}

/** Changes of products that people are still to be told of. */
export interface ChangeStore {
  /** The oldest, which is the one that was begun, if any was. */
  next(): Promise<StoredProductChange | null>;
  /** From now on later changes are changes of their own; null: it became nothing meanwhile. */
  begin(id: string, at: number): Promise<StoredProductChange | null>;
  reach(id: string, profileId: string): Promise<void>;
  finish(id: string): Promise<void>;
  setAside(id: string, fault: string): Promise<void>;
  /** Since when the oldest waits, and whether it was begun; null: none does. */
  waiting(): Promise<{ since: number; isBegun: boolean } | null>;
}

/** Changes that are set aside wait for nobody. */
const OPEN = { fault: { $exists: false } } as const;

export function changesOf(db: Db): Collection<StoredProductChange> {
  return db.collection<StoredProductChange>('productChanges');
}

export function createChangeStore(db: Db): ChangeStore {
  const changes = changesOf(db);
  const next = (): Promise<StoredProductChange | null> =>
    changes.findOne({ ...OPEN }, { sort: { at: 1, _id: 1 } });
  return {
    next,
    begin: (id, at) =>
      changes.findOneAndUpdate(
        { _id: id, begunAt: null },
        { $set: { begunAt: at } },
        { returnDocument: 'after' },
      ),
    async reach(id, profileId) {
      await changes.updateOne({ _id: id }, { $set: { reached: profileId } });
    },
    async finish(id) {
      await changes.deleteOne({ _id: id });
    },
    async setAside(id, fault) {
      await changes.updateOne({ _id: id }, { $set: { fault } });
    },
    async waiting() {
      const oldest = await next();
      return oldest === null ? null : { since: oldest.at, isBegun: oldest.begunAt !== null };
    },
  };
}

/**
 * Notes what people are to be told, within the transaction that changes the products. What nobody was
 * told of yet is joined: of a price that went down and up again nothing is told.
 */
export async function noteChanges(
  changes: Collection<StoredProductChange>,
  moves: readonly Move[],
  session: ClientSession,
): Promise<void> {
  const ids = moves.map(({ product }) => product._id);
  const waiting = await changes
    .find({ ...OPEN, product: { $in: ids }, begunAt: null }, { session })
    .toArray();
  const known = new Map(waiting.map((change) => [change.product, change]));
  const writes = moves.flatMap((move) => writeOf(move, known.get(move.product._id)));
  if (writes.length === 0) return;
  const done = await changes.bulkWrite(writes, { session });
  const matched = done.insertedCount + done.matchedCount + done.deletedCount;
  if (matched !== writes.length) throw new Fenced('productChanges');
}

type Write = Parameters<Collection<StoredProductChange>['bulkWrite']>[0][number];

function writeOf({ before, after, product }: Move, known?: StoredProductChange): Write[] {
  const { _id: id, revision, updatedAt: at } = product;
  const isSomething = tellingsOf(known?.before ?? before, after).length > 0;
  if (known === undefined) {
    if (!isSomething) return [];
    const _id = `${id}|${String(revision)}`;
    const change = { _id, product: id, revision, at, before, after, begunAt: null, reached: '' };
    return [{ insertOne: { document: change } }];
  }
  const filter = { _id: known._id, begunAt: null };
  if (!isSomething) return [{ deleteOne: { filter } }];
  return [{ updateOne: { filter, update: { $set: { after, revision, changedAt: at } } } }];
}
