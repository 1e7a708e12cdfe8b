import type { SuppressionScope } from '#domain/message/gate.ts';
import type { Channel } from '#domain/message/message.ts';
import { withRefusal, type RefusalReason } from '#domain/message/suppression.ts';
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
 * from it and this one keeps all, or a grant could lift it and cannot lift this one. Safe to repeat.
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
  if (made.upsertedCount > 0) return;
  const isWeaker =
    scope === 'all' ? ({ scope: 'marketing' } as const) : ({ refusalOnly: true } as const);
  await suppressions.updateOne(
    { _id, ...isWeaker },
    { $set: { reason, scope, at }, $unset: { refusalOnly: true } },
    within,
  );
}

interface Refused extends Pick<Suppression, 'channel' | 'addressHash' | 'at'> {
  /** `unsubscribed` where nothing is said. */
  reason?: RefusalReason;
}

/**
 * Whoever reads this address wants no marketing there, which holds for every customer who has it.
 * Within a transaction: two who write meet on the document. Safe to repeat.
 */
export async function refuseAtAddress(
  { suppressions }: Pick<Collections, 'suppressions'>,
  { channel, addressHash, at, reason }: Refused,
  session: Session,
): Promise<void> {
  const _id = suppressionId(channel, addressHash);
  const before = await suppressions.findOne({ _id }, { session });
  const after = { ...withRefusal(before, at, reason), _id, channel };
  await suppressions.replaceOne({ _id }, after, { upsert: true, session });
}

export function suppressionId(channel: Channel, addressHash: string): string {
  return `${channel}|${addressHash}`;
}
