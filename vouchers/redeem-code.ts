import { DomainError } from '#domain/errors.ts';
import type { Stores, StoredVoucher } from './stored-voucher.ts';

export interface Redemption {
  pool: string;
  code: string;
  /** The shop's; null: it said none. */
  orderId: string | null;
}

export interface Redeemed {
  voucher: StoredVoucher;
  /** It was said before that it was used. */
  isRepeat: boolean;
}

/** Notes that a code was used; see `VoucherStore.redeem`. */
export async function redeemCode(
  stores: Stores,
  { pool, code, orderId }: Redemption,
): Promise<Redeemed> {
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
