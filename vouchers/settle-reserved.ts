import { settled, type VoucherState } from '#domain/voucher/voucher.ts';
import { freed, type Stores, type StoredVoucher } from './stored-voucher.ts';

/** Codes looked at in one go: one read of the ledger. */
const PAGE_SIZE = 1_000;

/**
 * Settles codes of messages that ended while nobody was there to say so; answers how many are free
 * again. Goes over all that are reserved, or over `pages` of a thousand and no further than it must
 * to free one, where a message waits for it.
 */
export async function settleReserved(
  stores: Stores,
  pool: string,
  { pages = Infinity }: { pages?: number } = {},
): Promise<number> {
  const reserved = stores.vouchers
    .find({ pool, state: 'reserved' }, { batchSize: PAGE_SIZE })
    .limit(pages === Infinity ? 0 : pages * PAGE_SIZE);
  let count = 0;
  let page: StoredVoucher[] = [];
  for await (const voucher of reserved) {
    page.push(voucher);
    if (page.length < PAGE_SIZE) continue;
    count += await settlePage(stores, page);
    page = [];
    if (count > 0 && pages !== Infinity) return count;
  }
  return page.length === 0 ? count : count + (await settlePage(stores, page));
}

async function settlePage(
  { vouchers, collections, clock }: Stores,
  page: readonly StoredVoucher[],
): Promise<number> {
  const ids = page.flatMap(({ messageIds = [] }) => messageIds);
  const messages = await collections.messages
    .find({ _id: { $in: ids } }, { projection: { status: 1, providerId: 1 } })
    .toArray();
  const byId = new Map(messages.map((message) => [message._id, message]));
  const now = clock();
  let count = 0;
  for (const { _id, messageIds = [], reservedAt } of page) {
    const states = messageIds.map((id) => settled(byId.get(id) ?? null, reservedAt ?? now, now));
    const state = settledOfAll(states);
    if (state === 'reserved') continue;
    const update = state === 'free' ? freed() : { $set: { state, issuedAt: now } };
    // Unless another channel of its step, or a repeat after a crash, took it up meanwhile.
    const { modifiedCount } = await vouchers.updateOne(
      { _id, state: 'reserved', messageIds, ...(reservedAt !== undefined && { reservedAt }) },
      update,
    );
    if (state === 'free') count += modifiedCount;
  }
  return count;
}

/** It is somebody's if one message may have arrived, and free if none did. */
function settledOfAll(states: readonly VoucherState[]): VoucherState {
  if (states.includes('issued')) return 'issued';
  return states.every((state) => state === 'free') ? 'free' : 'reserved';
}
