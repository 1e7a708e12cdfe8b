import type { Db, Filter, MongoClient } from 'mongodb';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { turnProduct } from '#domain/product/merge-product.ts';
import type { Product, ProductSaid } from '#domain/product/product.ts';
import { durably } from '#platform/mongo-errors.ts';
import { changesOf } from './change-store.ts';
import { filterOf, type ProductFilter } from './product-filter.ts';
import { createProductWriter, type Foreseen, type PutProducts } from './write-products.ts';

/** Products whose sale begins or ends, written at once. */
const TURNS_AT_ONCE = 200;

/** The catalogue. */
export interface ProductStore {
  /**
   * Takes what is said of some products; what is known already changes nothing. What people are to
   * be told of it is written with it. @throws DomainError `unavailable`.
   */
  put(said: readonly ProductSaid[], now: number): Promise<PutProducts>;
  /** What would become of each, were it said; nothing is written. */
  foresee(said: readonly ProductSaid[], now: number): Promise<Foreseen[]>;
  find(id: string): Promise<Product | null>;
  /** Those of some that are known, by id. */
  byIds(ids: readonly string[]): Promise<Map<string, Product>>;
  /** By id. */
  list(request: PageRequest, filter?: ProductFilter): Promise<Page<Product>>;
  /** Writes what time itself changed by `now` (epoch ms) of some products; answers of how many. */
  turn(now: number): Promise<number>;
  /** The earliest instant at which time itself changes a product; null: none. */
  nextTurn(): Promise<number | null>;
}

export function createProductStore(mongo: { db: Db; client: MongoClient }): ProductStore {
  const writer = createProductWriter(mongo);
  const { products } = writer;
  return {
    put: (said, now) => durably(() => writer.put(said, now)),
    foresee: (said, now) => durably(() => writer.foresee(said, now)),
    find: (id) => durably(() => products.findOne({ _id: id })),
    byIds: (ids) => durably(() => writer.read(ids)),
    list: ({ limit, after }, filter) =>
      durably(async () => {
        const place: Filter<Product> = after === null ? {} : { _id: { $gt: after.id } };
        const read = await products
          .find({ ...place, ...filterOf(filter) })
          .sort({ _id: 1 })
          .limit(limit + 1)
          .toArray();
        return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
      }),
    async turn(now) {
      const due = await products
        .find({ turnsAt: { $gt: 0, $lte: now } })
        .limit(TURNS_AT_ONCE)
        .toArray();
      const written = due.map((product) => ({ before: product, after: turnProduct(product, now) }));
      // Whoever wrote one meanwhile looked at the time as well; the next look finds the others.
      await writer.write(written, now);
      return due.length;
    },
    async nextTurn() {
      const [first] = await products
        .find({ turnsAt: { $gt: 0 } })
        .sort({ turnsAt: 1 })
        .limit(1)
        .toArray();
      return first?.turnsAt ?? null;
    },
  };
}

/** The indexes of the catalogue, safely repeatable. */
export async function ensureProductIndexes(db: Db): Promise<void> {
  const products = db.collection<Product>('products');
  const changes = changesOf(db);
  await Promise.all([
    products.createIndex({ words: 1, _id: 1 }),
    products.createIndex({ categories: 1, _id: 1 }),
    products.createIndex(
      { turnsAt: 1 },
      { partialFilterExpression: { turnsAt: { $gt: 0 } }, name: 'turns' },
      {},
    ),
    changes.createIndex({ at: 1, _id: 1 }),
    changes.createIndex({ product: 1, at: 1 }),
  ]);
}
