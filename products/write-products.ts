import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyBulkWriteOperation, BulkWriteResult, Collection, Db, MongoClient } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import { mergeProduct } from '#domain/product/merge-product.ts';
import type { Product, ProductSaid } from '#domain/product/product.ts';
import { termsOf, type Terms } from '#domain/product/terms.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import { Fenced, inTransaction } from '#platform/transaction.ts';
import { changesOf, noteChanges, type Move } from './change-store.ts';

/** Another writer may come between reading and writing: of so many at once each gets its turn. */
const ROUNDS_MAX = 30;
/** Longer from round to round, so that those who met do not go on meeting, in ms. */
const ROUND_PAUSE_MS = 2;
/**
 * What is written and not yet on a majority, too: whoever lost a race would otherwise read again and
 * again what is no longer so. What is written upon it comes later on the same primary.
 */
const LATEST = { readConcern: { level: 'local' } } as const;

/** What became of one product. */
export interface PutProduct {
  product: Product;
  outcome: 'created' | 'changed' | 'unchanged';
  /** How many attributes that were said it has no room for. */
  leftOut: number;
}

/** What would become of one. */
export type Foreseen = Omit<PutProduct, 'product'>;

/** What became of some. */
export interface PutProducts {
  /** One for each that was said, in order. */
  put: PutProduct[];
  /** There is something to tell, or an instant at which there will be. */
  hasNews: boolean;
}

/** A product as it was, if it was known, and as it is to be. */
export interface Written {
  before: Product | undefined;
  after: Product;
}

/** Writes products with what people are to be told of it. */
export interface ProductWriter {
  products: Collection<Product>;
  /** Those of some that are known, by id, as they are on the primary. */
  read(ids: readonly string[]): Promise<Map<string, Product>>;
  /** All of it; null where somebody else wrote meanwhile. Else whether that is news to anybody. */
  write(written: readonly Written[], now: number): Promise<boolean | null>;
  /** Reads, merges what is said, and writes until nobody comes between. @throws DomainError */
  put(said: readonly ProductSaid[], now: number): Promise<PutProducts>;
  /** What would become of each; nothing is written. */
  foresee(said: readonly ProductSaid[], now: number): Promise<Foreseen[]>;
}

export function createProductWriter(mongo: { db: Db; client: MongoClient }): ProductWriter {
  const { db, client } = mongo;
  const products = db.collection<Product>('products');
  const changes = changesOf(db);

  async function read(ids: readonly string[]): Promise<Map<string, Product>> {
    const found = await products.find({ _id: { $in: [...new Set(ids)] } }, LATEST).toArray();
    return new Map(found.map((product) => [product._id, product]));
  }

  /** All of it, or Fenced when somebody else wrote meanwhile; whether that is news to anybody. */
  async function writeOrFail(written: readonly Written[], now: number): Promise<boolean> {
    const moves = written.flatMap(({ before, after }) => moveOf(before, after, now));
    const operations = written.map(operationOf);
    if (moves.length === 0) {
      checkAll(await products.bulkWrite(operations, { ordered: false }), operations.length);
      return written.some(({ after }) => after.turnsAt !== undefined);
    }
    return inTransaction(client, async (session) => {
      checkAll(await products.bulkWrite(operations, { session }), operations.length);
      await noteChanges(changes, moves, session);
      return true;
    });
  }

  /** As `writeOrFail`; null where it was fenced. */
  async function write(written: readonly Written[], now: number): Promise<boolean | null> {
    if (written.length === 0) return false;
    try {
      return await writeOrFail(written, now);
    } catch (error) {
      if (error instanceof Fenced || isDuplicateKey(error)) return null;
      throw error;
    }
  }

  async function mergeAll(said: readonly ProductSaid[], now: number) {
    const before = await read(said.map(({ id }) => id));
    const after = new Map(before);
    for (const one of said) after.set(one.id, mergeProduct(after.get(one.id) ?? null, one, now));
    return { before, after };
  }

  async function foresee(said: readonly ProductSaid[], now: number): Promise<Foreseen[]> {
    if (said.length === 0) return [];
    return becameOf(said, await mergeAll(said, now)).map(({ product: _, ...foreseen }) => foreseen);
  }

  async function putOnce(said: readonly ProductSaid[], now: number): Promise<PutProducts | null> {
    const { before, after } = await mergeAll(said, now);
    const written = [...after.values()]
      .map((product) => ({ before: before.get(product._id), after: product }))
      .filter((one) => one.before !== one.after);
    const hasNews = await write(written, now);
    if (hasNews === null) return null;
    const put = becameOf(said, { before, after });
    return { put, hasNews };
  }

  async function put(said: readonly ProductSaid[], now: number): Promise<PutProducts> {
    if (said.length === 0) return { put: [], hasNews: false };
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const done = await putOnce(said, now);
      if (done !== null) return done;
      await sleep(round * ROUND_PAUSE_MS);
    }
    throw new DomainError('unavailable', 'Too many change the same products. Please repeat.', {
      retryAfterS: 1,
    });
  }

  return { products, read, write, put, foresee };
}

function checkAll(done: BulkWriteResult, wanted: number): void {
  if (done.matchedCount + done.upsertedCount !== wanted) throw new Fenced('products');
}

function becameOf(
  said: readonly ProductSaid[],
  { before, after }: Record<'before' | 'after', ReadonlyMap<string, Product>>,
): PutProduct[] {
  return said.flatMap(({ id, attributes }) => {
    const product = after.get(id);
    if (product === undefined) return [];
    const missing = Object.entries(attributes).filter(
      ([name, value]) => value !== null && !Object.hasOwn(product.attributes, name),
    );
    return [{ product, outcome: outcomeOf(before.get(id), product), leftOut: missing.length }];
  });
}

function outcomeOf(before: Product | undefined, after: Product): PutProduct['outcome'] {
  if (before === undefined) return 'created';
  return before === after ? 'unchanged' : 'changed';
}

/** A product that another writer made meanwhile is refused by its id, a changed one by its revision. */
function operationOf({ before, after }: Written): AnyBulkWriteOperation<Product> {
  const { _id, ...replacement } = after;
  const filter = { _id, revision: before?.revision ?? 0 };
  return { replaceOne: { filter, replacement, upsert: before === undefined } };
}

/** What changed for whoever is interested; of a new product nobody can be. */
function moveOf(before: Product | undefined, after: Product, now: number): Move[] {
  if (before === undefined) return [];
  const terms = {
    before: termsOf(before, before.lookedAt ?? before.updatedAt),
    after: termsOf(after, now),
  };
  return isSame(terms.before, terms.after) ? [] : [{ ...terms, product: after }];
}

function isSame(one: Terms, two: Terms): boolean {
  return (Object.keys(one) as (keyof Terms)[]).every((name) => one[name] === two[name]);
}
