import type { Filter } from 'mongodb';
import { holderOf } from '#domain/voucher/voucher.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import { settleReserved } from './settle-reserved.ts';
import { freed, LEFT_MIN_MS, type Stores, type StoredVoucher, worth } from './stored-voucher.ts';

export interface ReserveAsk {
  pools: readonly string[];
  messageId: string;
  profileId: string;
}

/** A code of each pool, all or none; see `VoucherStore.reserve`. */
export async function reserveAll(
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
