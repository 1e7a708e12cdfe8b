import type { Db } from 'mongodb';
import { mergeProduct, type Product, type ProductSaid } from '#domain/product/product.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';

/** Another writer may come between reading and writing; a few rounds are enough for any race. */
const ROUNDS_MAX = 10;

/** The catalogue. */
export interface ProductStore {
  /** Takes what is said of some products; what is known already changes nothing. */
  put(said: readonly ProductSaid[], now: number): Promise<void>;
  find(id: string): Promise<Product | null>;
  /** By id. */
  list(request: PageRequest): Promise<Page<Product>>;
}

export function createProductStore(db: Db): ProductStore {
  const products = db.collection<Product>('products');

  async function putOnce(said: readonly ProductSaid[], now: number): Promise<boolean> {
    const ids = [...new Set(said.map(({ id }) => id))];
    const found = await products.find({ _id: { $in: ids } }).toArray();
    const before = new Map(found.map((product) => [product._id, product]));
    const after = new Map(before);
    for (const one of said) after.set(one.id, mergeProduct(after.get(one.id) ?? null, one, now));
    const writes = [...after.values()].flatMap((product) => {
      const known = before.get(product._id);
      if (product === known) return [];
      const { _id, ...replacement } = product;
      // A product that another writer made meanwhile is refused by its id, a changed one by its revision.
      const filter = known === undefined ? { _id, revision: 0 } : { _id, revision: known.revision };
      return [{ replaceOne: { filter, replacement, upsert: known === undefined } }];
    });
    if (writes.length === 0) return true;
    try {
      const done = await products.bulkWrite(writes, { ordered: false });
      return done.matchedCount + done.upsertedCount === writes.length;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  return {
    put: (said, now) =>
      durably(async () => {
        if (said.length === 0) return;
        for (let round = 0; round < ROUNDS_MAX; round += 1) {
          if (await putOnce(said, now)) return;
        }
        throw new Error('products were changed by others each time they were to be written');
      }),
    find: (id) => durably(() => products.findOne({ _id: id })),
    list: ({ limit, after }) =>
      durably(async () => {
        const read = await products
          .find(after === null ? {} : { _id: { $gt: after.id } })
          .sort({ _id: 1 })
          .limit(limit + 1)
          .toArray();
        return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
      }),
  };
}
