import type { Collection, Document } from 'mongodb';
import type { SeenNames } from '#domain/template/known-names.ts';
import type { Mongo } from '#platform/mongo.ts';

/** Customers, events and products looked at: names that fewer than one in a few hundred have may be missed. */
const LOOKED_AT = 1_000;
/** Names taken of each; more are data in the place of names. */
const NAMES_MAX = 5_000;
/** A publish does not wait longer for what are only warnings, in ms. */
const LOOK_MS = 2_000;

/** What customers and products have and events say, by name, of a sample; null: it took too long. */
export type SeeNames = () => Promise<SeenNames | null>;

export function createSeeNames({ collections, db }: Pick<Mongo, 'collections' | 'db'>): SeeNames {
  const { profiles, events } = collections;
  const pools = db.collection<{ _id: string }>('voucherPools');
  const products = db.collection('products');
  return async () => {
    try {
      const [attributes, properties, productAttributes, found] = await Promise.all([
        namesIn(profiles, 'attributes'),
        namesIn(events, 'properties'),
        namesIn(products, 'attributes'),
        pools
          .find({}, { projection: { _id: 1 } })
          .limit(NAMES_MAX)
          .toArray(),
      ]);
      const keys = new Set(found.map(({ _id }) => _id));
      return { attributes, properties, productAttributes, pools: keys };
    } catch (error) {
      // MaxTimeMSExpired: the store is busy, and nothing depends on this.
      if (error instanceof Error && 'code' in error && error.code === 50) return null;
      throw error;
    }
  };
}

async function namesIn<T extends Document>(
  collection: Collection<T>,
  field: string,
): Promise<Set<string>> {
  const found = await collection
    .aggregate<{ _id: string }>(
      [
        { $sample: { size: LOOKED_AT } },
        {
          $project: { names: { $map: { input: { $objectToArray: `$${field}` }, in: '$$this.k' } } },
        },
        { $unwind: '$names' },
        { $group: { _id: '$names' } },
        { $limit: NAMES_MAX },
      ],
      { maxTimeMS: LOOK_MS },
    )
    .toArray();
  return new Set(found.map(({ _id }) => _id));
}
