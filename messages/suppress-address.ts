import type { SuppressionScope } from '#domain/message/gate.ts';
import type { Channel } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

export interface Suppression {
  channel: Channel;
  /** Of the canonical address, see `hashAddress`. */
  addressHash: string;
  /** A stable word such as `unreachable`, `optedOut`, `complained`. */
  reason: string;
  /** What nobody may be sent there; `all` if absent. */
  scope?: SuppressionScope;
  /** Epoch ms. */
  at: number;
}

/** Nobody is reached at this address any more; the first reason stands. Safe to repeat. */
export async function suppressAddress(
  { suppressions }: Pick<Collections, 'suppressions'>,
  { channel, addressHash, reason, scope = 'all', at }: Suppression,
  session?: Session,
): Promise<void> {
  await suppressions.updateOne(
    { _id: suppressionId(channel, addressHash) },
    { $setOnInsert: { channel, reason, scope, at } },
    { upsert: true, ...(session === undefined ? {} : { session }) },
  );
}

export function suppressionId(channel: Channel, addressHash: string): string {
  return `${channel}|${addressHash}`;
}
