import { settled, type VoucherState } from '#domain/voucher/voucher.ts';
import { freed, type Stores } from './stored-voucher.ts';

/** Reserved codes looked at in one go; what is left is looked at the next time. */
const SETTLE_MAX = 1_000;

/** Settles codes of messages that ended while nobody was there to say so; answers of how many. */
export async function settleReserved(
  { vouchers, collections, clock }: Stores,
  pool: string,
): Promise<number> {
  const reserved = await vouchers
    .find({ pool, state: 'reserved' })
    .sort({ reservedAt: 1 })
    .limit(SETTLE_MAX)
    .toArray();
  const ids = reserved.flatMap(({ messageIds = [] }) => messageIds);
  const messages = await collections.messages
    .find({ _id: { $in: ids } }, { projection: { status: 1, providerId: 1 } })
    .toArray();
  const byId = new Map(messages.map((message) => [message._id, message]));
  const now = clock();
  let count = 0;
  for (const { _id, messageIds = [], reservedAt } of reserved) {
    const states = messageIds.map((id) => settled(byId.get(id) ?? null, reservedAt ?? now, now));
    const state = settledOfAll(states);
    if (state === 'reserved') continue;
    const update = state === 'free' ? freed() : { $set: { state, issuedAt: now } };
    // Unless another channel of its step, or a repeat after a crash, took it up meanwhile.
    const { modifiedCount } = await vouchers.updateOne(
      { _id, state: 'reserved', messageIds, ...(reservedAt !== undefined && { reservedAt }) },
      update,
    );
    count += modifiedCount;
  }
  return count;
}

/** It is somebody's if one message may have arrived, and free if none did. */
function settledOfAll(states: readonly VoucherState[]): VoucherState {
  if (states.includes('issued')) return 'issued';
  return states.every((state) => state === 'free') ? 'free' : 'reserved';
}
