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

/**
 * Nobody is reached at this address any more; the first reason stands, unless it kept only marketing
 * from it and this one keeps all. Safe to repeat.
 */
export async function suppressAddress(
  { suppressions }: Pick<Collections, 'suppressions'>,
  { channel, addressHash, reason, scope = 'all', at }: Suppression,
  session?: Session,
): Promise<void> {
  const _id = suppressionId(channel, addressHash);
  const within = session === undefined ? {} : { session };
  const made = await suppressions.updateOne(
    { _id },
    { $setOnInsert: { channel, reason, scope, at } },
    { upsert: true, ...within },
  );
  if (made.upsertedCount > 0 || scope !== 'all') return;
  await suppressions.updateOne(
    { _id, scope: 'marketing' },
    { $set: { reason, scope, at } },
    within,
  );
}

export function suppressionId(channel: Channel, addressHash: string): string {
  return `${channel}|${addressHash}`;
}
