import type { Filter } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import {
  holderOf,
  VOUCHER_STATES,
  type VoucherPool,
  type VoucherState,
} from '#domain/voucher/voucher.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import { settleReserved } from './settle-reserved.ts';
import {
  free,
  freed,
  LEFT_MIN_MS,
  type StoredPool,
  type Stores,
  type StoredVoucher,
  type VoucherDeps,
  worth,
} from './stored-voucher.ts';

/** Codes counted for figures; an alert is due long before. */
const LEFT_MAX = 100_000;

/** How many codes of a pool are in which state; `free` are those that can still be given out. */
export type PoolCounts = Record<VoucherState | 'expired', number>;

export interface ReserveAsk {
  pools: readonly string[];
  messageId: string;
  profileId: string;
}

export interface Redemption {
  pool: string;
  code: string;
  /** The shop's; null: it said none. */
  orderId: string | null;
}

interface Redeemed {
  voucher: StoredVoucher;
  /** It was said before that it was used. */
  isRepeat: boolean;
}

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

async function reserveAll(
  stores: Stores,
  { pools, messageId, profileId }: ReserveAsk,
): Promise<ReadonlyMap<string, string> | null> {
  const codes = new Map<string, string>();
  for (const pool of pools) {
    const ask = { messageId, profileId };
    const code = (await reserveOne(stores, pool, ask)) ?? (await reserveSettled(stores, pool, ask));
    // What was reserved so far is given back with the message, once that is surely not sent.
    if (code === null) return null;
    codes.set(pool, code);
  }
  return codes;
}

type Asked = Omit<ReserveAsk, 'pools'>;

/** An empty pool is looked over at most this often by one process, in ms, however many ask. */
const SETTLE_EVERY_MS = 5_000;

/** Thousands of codes that a message waits for to be looked at; each hour all are (`settleAll`). */
const SETTLE_PAGES = 20;

/** An empty pool may have codes of messages that came to nothing when their process died. */
async function reserveSettled(stores: Stores, pool: string, ask: Asked): Promise<string | null> {
  const now = stores.clock();
  if (now - (stores.settledAt.get(pool) ?? -Infinity) < SETTLE_EVERY_MS) return null;
  stores.settledAt.set(pool, now);
  const count = await settleReserved(stores, pool, { pages: SETTLE_PAGES });
  return count === 0 ? null : reserveOne(stores, pool, ask);
}

async function reserveOne(stores: Stores, pool: string, ask: Asked): Promise<string | null> {
  const held = await heldCode(stores, pool, ask.messageId);
  if (held !== null) return held;
  try {
    return await takeCode(stores, pool, ask);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    // Another execution of the same step took one in this moment, and it is ours as well; or the
    // step holds one that is worth nothing any more.
    const ours = await heldCode(stores, pool, ask.messageId);
    if (ours !== null) return ours;
    await letGo(stores, pool, holderOf(ask.messageId));
    return takeCode(stores, pool, ask);
  }
}

/** The code that the message's step holds already, if it is worth something still. */
async function heldCode(
  { vouchers, clock }: Stores,
  pool: string,
  messageId: string,
): Promise<string | null> {
  const now = clock();
  const held = await vouchers.findOneAndUpdate(
    { pool, holder: holderOf(messageId), $or: worth(now) },
    // Reserved anew: whoever looks for codes left behind must not take this for one.
    { $addToSet: { messageIds: messageId }, $set: { reservedAt: now } },
    { returnDocument: 'after' },
  );
  return held?.code ?? null;
}

/** The step holds this pool's code no more: another channel of it is to show a better one. */
async function letGo({ vouchers, clock }: Stores, pool: string, holder: string): Promise<void> {
  const worthless = { pool, holder, $nor: worth(clock()) };
  await vouchers.updateOne({ ...worthless, state: 'reserved' }, freed());
  await vouchers.updateOne(
    { ...worthless, state: { $ne: 'reserved' } },
    { $unset: { holder: '' } },
  );
}

/** A pool that had no dated code has none for so long, in ms, as far as one process knows. */
const UNDATED_MS = 5_000;

/** A free code for the message: of those that expire the first to do so, then those that never do. */
async function takeCode(
  stores: Stores,
  pool: string,
  { messageId, profileId }: Asked,
): Promise<string | null> {
  const { vouchers, undatedUntil, clock } = stores;
  const now = clock();
  const holder = holderOf(messageId);
  const take = async (which: Filter<StoredVoucher>): Promise<string | null> => {
    // One document, one winner: two messages can never take the same code.
    const found = await vouchers.findOneAndUpdate(
      { pool, state: 'free', ...which },
      { $set: { state: 'reserved', holder, messageIds: [messageId], profileId, reservedAt: now } },
      { sort: { expiresAt: 1 }, returnDocument: 'after' },
    );
    return found?.code ?? null;
  };
  const dated = { expiresAt: { $gt: now + LEFT_MIN_MS } };
  const isUndated = now < (undatedUntil.get(pool) ?? -Infinity);
  const first = isUndated ? null : await take(dated);
  if (first !== null) return first;
  if (!isUndated) undatedUntil.set(pool, now + UNDATED_MS);
  return (await take({ expiresAt: null })) ?? (isUndated ? take(dated) : null);
}

async function redeemCode(stores: Stores, { pool, code, orderId }: Redemption): Promise<Redeemed> {
  const { vouchers, clock } = stores;
  const _id = `${pool}|${code}`;
  const redeemed = await vouchers.findOneAndUpdate(
    // A shop may be faster than the provider's answer.
    { _id, state: { $in: ['reserved', 'issued'] } },
    { $set: { state: 'redeemed', redeemedAt: clock(), orderId } },
    { returnDocument: 'after' },
  );
  if (redeemed !== null) return { voucher: await withOwner(stores, redeemed), isRepeat: false };
  if (orderId !== null) {
    // Of those that were used before orders were kept with them there is none, not even null.
    const unsaid = { _id, state: 'redeemed', orderId: { $type: 'null' } } as const;
    await vouchers.updateOne(unsaid, { $set: { orderId } });
  }
  const known = await vouchers.findOne({ _id });
  if (known === null) throw new DomainError('not-found', 'There is no such code in this pool.');
  if (known.state !== 'redeemed') {
    throw new DomainError('conflict', 'Nobody was given this code, so nobody can have used it.');
  }
  // Of those that were used before orders were kept with them, nobody knows for which.
  if (known.orderId !== undefined && known.orderId !== orderId) {
    throw new DomainError('conflict', 'This code was used already, for another order.');
  }
  return { voucher: await withOwner(stores, known), isRepeat: true };
}

/** Whose it is by now: its messages go along with merges of their customer, and with their undoing. */
async function withOwner({ collections }: Stores, voucher: StoredVoucher): Promise<StoredVoucher> {
  const message = await collections.messages.findOne(
    { _id: { $in: voucher.messageIds ?? [] } },
    { projection: { profileId: 1 } },
  );
  return message === null ? voucher : { ...voucher, profileId: message.profileId };
}
