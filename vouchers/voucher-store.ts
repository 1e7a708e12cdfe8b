import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import {
  holderOf,
  VOUCHER_STATES,
  type VoucherPool,
  type VoucherState,
} from '#domain/voucher/voucher.ts';
import { redeemCode, type Redeemed, type Redemption } from './redeem-code.ts';
import { reserveAll, type ReserveAsk } from './reserve-code.ts';
import { settleReserved } from './settle-reserved.ts';
import { free, freed, type StoredPool, type Stores, type VoucherDeps } from './stored-voucher.ts';

/** Codes counted for figures; an alert is due long before. */
const LEFT_MAX = 100_000;

/** How many codes of a pool are in which state; `free` are those that can still be given out. */
export type PoolCounts = Record<VoucherState | 'expired', number>;

/** Codes that are each given to one person. */
export interface VoucherStore {
  putPool(pool: VoucherPool, at: number): Promise<{ created: boolean; stored: StoredPool }>;
  pool(key: string): Promise<StoredPool | null>;
  pools(request: PageRequest): Promise<Page<StoredPool>>;
  counts(pool: string): Promise<PoolCounts>;
  /** Codes that can still be given out; at most LEFT_MAX are counted. */
  left(pool: string): Promise<number>;
  /** Adds codes; those that are known stay as they are. */
  add(ask: { pool: string; codes: readonly string[]; expiresAt: number | null }): Promise<number>;
  /**
   * A code of each pool for one message, all or none: null where one has none left. The same message
   * asked again gets the same codes, and so do the other channels of its step.
   */
  reserve(ask: ReserveAsk): Promise<ReadonlyMap<string, string> | null>;
  /** The provider took the message, or nobody knows: its codes are somebody's for good. */
  issue(messageId: string): Promise<void>;
  /** The message reached nobody: its codes are free, unless another channel of its step uses them. */
  giveBack(messageId: string): Promise<void>;
  /** Settles codes whose process died, by the ledger; answers how many are free again. */
  settle(pool: string): Promise<number>;
  /** The same for every pool. */
  settleAll(): Promise<void>;
  /**
   * A code was used; said again of the same order it changes nothing, and one that was used for no
   * order takes the first that is named later. @throws DomainError `not-found`, `conflict` where
   * nobody was given it, or it was used for another order
   */
  redeem(redemption: Redemption): Promise<Redeemed>;
}

export function createVoucherStore(deps: VoucherDeps): VoucherStore {
  const stores: Stores = {
    ...deps,
    settledAt: new Map(),
    undatedUntil: new Map(),
    pools: deps.db.collection('voucherPools'),
    vouchers: deps.db.collection('vouchers'),
  };
  const { pools, vouchers, clock } = stores;
  return {
    async putPool({ key, ...said }, at) {
      const { value, lastErrorObject } = await pools.findOneAndUpdate(
        { _id: key },
        {
          $set: { ...said, updatedAt: at },
          $setOnInsert: { createdAt: at },
          // What is not named is as if never said.
          ...(said.name === undefined && { $unset: { name: '' } as const }),
        },
        { upsert: true, returnDocument: 'after', includeResultMetadata: true },
      );
      if (value === null) throw new Error('an upsert returned no document');
      return { created: lastErrorObject?.updatedExisting !== true, stored: value };
    },
    pool: (key) => pools.findOne({ _id: key }),
    async pools({ limit, after }) {
      const read = await pools
        .find(after === null ? {} : { _id: { $gt: after.id } })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
    },
    counts: (pool) => countCodes(stores, pool),
    left: (pool) => vouchers.countDocuments(free(pool, clock()), { limit: LEFT_MAX }),
    add: (ask) => addCodes(stores, ask),
    reserve: (ask) => reserveAll(stores, ask),
    async issue(messageId) {
      await vouchers.updateMany(
        { messageIds: messageId, state: 'reserved' },
        { $set: { state: 'issued', issuedAt: clock() } },
      );
    },
    async giveBack(messageId) {
      const reserved = { messageIds: messageId, state: 'reserved' } as const;
      await vouchers.updateMany(reserved, { $pull: { messageIds: messageId } });
      const held = { holder: holderOf(messageId), state: 'reserved', messageIds: [] } as const;
      await vouchers.updateMany(held, freed());
    },
    settle: (pool) => settleReserved(stores, pool),
    async settleAll() {
      const keys = await pools.find().project<Pick<StoredPool, '_id'>>({ _id: 1 }).toArray();
      for (const { _id } of keys) await settleReserved(stores, _id);
    },
    redeem: (redemption) => redeemCode(stores, redemption),
  };
}

async function countCodes({ vouchers, clock }: Stores, pool: string): Promise<PoolCounts> {
  const [byState, left] = await Promise.all([
    vouchers
      .aggregate<{ _id: VoucherState; count: number }>([
        { $match: { pool } },
        { $group: { _id: '$state', count: { $sum: 1 } } },
      ])
      .toArray(),
    vouchers.countDocuments(free(pool, clock())),
  ]);
  const counted = new Map(byState.map(({ _id, count }) => [_id, count]));
  const [, reserved, issued, redeemed] = VOUCHER_STATES.map((state) => counted.get(state) ?? 0);
  const expired = (counted.get('free') ?? 0) - left;
  return {
    free: left,
    reserved: reserved ?? 0,
    issued: issued ?? 0,
    redeemed: redeemed ?? 0,
    expired: Math.max(0, expired),
  };
}

async function addCodes(
  { vouchers, clock }: Stores,
  { pool, codes, expiresAt }: Parameters<VoucherStore['add']>[0],
): Promise<number> {
  if (codes.length === 0) return 0;
  const addedAt = clock();
  const { upsertedCount } = await vouchers.bulkWrite(
    [...new Set(codes)].map((code) => ({
      updateOne: {
        filter: { _id: `${pool}|${code}` },
        update: { $setOnInsert: { pool, code, state: 'free' as const, expiresAt, addedAt } },
        upsert: true,
      },
    })),
    { ordered: false },
  );
  return upsertedCount;
}
