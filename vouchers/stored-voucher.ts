import type { Collection, Db, Filter } from 'mongodb';
import type { VoucherPool, VoucherState } from '#domain/voucher/voucher.ts';
import type { Collections } from '#platform/mongo.ts';

/** A code that expires within this, in ms, is not given out: people need a day to use it. */
export const LEFT_MIN_MS = 24 * 3_600_000;

export interface StoredPool extends Omit<VoucherPool, 'key'> {
  _id: string;
  createdAt: number;
  updatedAt: number;
}

/** One code. Instants are epoch ms. */
export interface StoredVoucher {
  /** `<pool>|<code>`: nobody can upload one code twice. */
  _id: string;
  pool: string;
  code: string;
  state: VoucherState;
  /** After this it is worth nothing; null: never. */
  expiresAt: number | null;
  /** The step or message it stands in (unique in its pool), its messages that have it, and whose. */
  holder?: string;
  messageIds?: string[];
  profileId?: string;
  reservedAt?: number;
  issuedAt?: number;
  redeemedAt?: number;
  /** The order it was used for; null: none was said. */
  orderId?: string | null;
  addedAt: number;
}

export interface VoucherDeps {
  db: Db;
  collections: Pick<Collections, 'messages'>;
  clock: () => number;
}

/** What the operations on codes share. */
export interface Stores extends VoucherDeps {
  pools: Collection<StoredPool>;
  vouchers: Collection<StoredVoucher>;
  /** When a pool was last settled for being empty, epoch ms. */
  settledAt: Map<string, number>;
  /** Until when a pool is known to have no free code that expires, epoch ms. */
  undatedUntil: Map<string, number>;
}

/** Nobody has it any more. */
export function freed() {
  const gone = { holder: '', messageIds: '', profileId: '', reservedAt: '' } as const;
  return { $set: { state: 'free' as const }, $unset: gone };
}

/** A code that a step holds is worth showing: one that nobody has seen yet by the rule of free ones. */
export function worth(now: number): Filter<StoredVoucher>[] {
  return [
    { expiresAt: null },
    { expiresAt: { $gt: now + LEFT_MIN_MS } },
    { expiresAt: { $gt: now }, state: { $ne: 'reserved' } },
  ];
}

/** Can be given out at this instant. */
export function free(pool: string, now: number): Filter<StoredVoucher> {
  const lasts = [{ expiresAt: null }, { expiresAt: { $gt: now + LEFT_MIN_MS } }];
  return { pool, state: 'free', $or: lasts };
}

/** The indexes of the same, safely repeatable. */
export async function ensureVoucherIndexes(db: Db): Promise<void> {
  const vouchers = db.collection<StoredVoucher>('vouchers');
  await Promise.all([
    vouchers.createIndex({ pool: 1, state: 1, expiresAt: 1 }),
    // A step holds one code of a pool, however many executions of it ask.
    vouchers.createIndex(
      { pool: 1, holder: 1 },
      { unique: true, partialFilterExpression: { holder: { $exists: true } } },
      {},
    ),
    vouchers.createIndex({ messageIds: 1 }, { sparse: true }, {}),
    vouchers.createIndex({ profileId: 1 }, { sparse: true }, {}),
  ]);
}
