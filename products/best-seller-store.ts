import type { Collection, Db, Document } from 'mongodb';
import { saleWeight, type Sold } from '#domain/product/best-sellers.ts';
import type { Recommender } from '#domain/recommendation/recommender.ts';
import type { Clock } from '#platform/clock.ts';

/** Products asked for at once; beyond them nobody is a best-seller. */
const RANKED_MAX = 200;
/** The ranking is read anew after this, in ms: what sells best does not change by the minute. */
const FRESH_MS = 60_000;

/** How well one product sells; the document in `bestSellers`. */
interface StoredSeller {
  /** The product's id. */
  _id: string;
  /** See `saleWeight`. */
  score: number;
}

/** What sells best, kept as orders come in, so that nothing is counted when a message is made. */
export interface BestSellers extends Recommender {
  /** Counts what was sold. */
  note(sold: readonly Sold[]): Promise<void>;
}

export function createBestSellers(db: Db, clock: Clock): BestSellers {
  const sellers = db.collection<StoredSeller>('bestSellers');
  let read: { at: number; ids: Promise<string[]> } | null = null;
  const ranked = (): Promise<string[]> => {
    const now = clock();
    if (read === null || now - read.at >= FRESH_MS) {
      const ids = rank(sellers);
      read = { at: now, ids };
      // What failed is asked again by the next message.
      ids.catch(() => {
        read = null;
      });
    }
    return read.ids;
  };
  return {
    async note(sold) {
      if (sold.length === 0) return;
      const sums = new Map<string, number>();
      for (const one of sold) {
        sums.set(one.product, (sums.get(one.product) ?? 0) + saleWeight(one));
      }
      await sellers.bulkWrite(
        [...sums].map(([_id, score]) => ({
          updateOne: { filter: { _id }, update: { $inc: { score } }, upsert: true },
        })),
        { ordered: false },
      );
    },
    async recommend({ count, exclude }) {
      return (await ranked()).filter((id) => !exclude.has(id)).slice(0, count);
    },
  };
}

/** Only of what can be had: sold out and archived products are left out where they are known. */
async function rank(sellers: Collection<StoredSeller>): Promise<string[]> {
  const pipeline: Document[] = [
    { $sort: { score: -1 } },
    { $limit: RANKED_MAX },
    { $lookup: { from: 'products', localField: '_id', foreignField: '_id', as: 'product' } },
    { $unwind: '$product' },
    {
      $match: {
        'product.archivedAt': { $exists: false },
        'product.availability': { $ne: 'out_of_stock' },
        $or: [{ 'product.stock': { $exists: false } }, { 'product.stock': { $gt: 0 } }],
      },
    },
    { $project: { _id: 1 } },
  ];
  const found = await sellers.aggregate<{ _id: string }>(pipeline).toArray();
  return found.map(({ _id }) => _id);
}

/** The indexes of the same, safely repeatable. */
export async function ensureBestSellerIndexes(db: Db): Promise<void> {
  await db.collection<StoredSeller>('bestSellers').createIndex({ score: -1 });
}
