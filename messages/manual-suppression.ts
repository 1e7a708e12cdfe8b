import type { SuppressionScope } from '#domain/message/gate.ts';
import type { Channel } from '#domain/message/message.ts';
import { afterLift } from '#domain/message/suppression.ts';
import { audited, type Deed } from '#platform/audit.ts';
import type { StoredSuppression } from '#platform/documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import { hashAddress } from './is-suppressed.ts';
import { suppressionId } from './suppress-address.ts';

type Stores = Pick<Mongo, 'client' | 'collections'>;

interface Whom {
  channel: Channel;
  /** As profiles hold it. */
  address: string;
  /** Epoch ms. */
  at: number;
}

/** What somebody in the shop says of an address. */
interface Said extends Whom {
  reason: string;
  scope: SuppressionScope;
}

/** Puts an address on the list. What stands there is only ever widened; safe to repeat. */
export async function putSuppression(
  mongo: Stores,
  { channel, address, reason, scope, at }: Said,
): Promise<{ stored: StoredSuppression; created: boolean }> {
  const { suppressions } = mongo.collections;
  const _id = suppressionId(channel, hashAddress(channel, address));
  return audited(mongo, async (session) => {
    const before = await suppressions.findOne({ _id }, { session });
    // What a grant lifts gives way to what none does.
    const isWider =
      before?.refusalOnly === true || (scope === 'all' && before?.scope === 'marketing');
    if (before !== null && !isWider)
      return { result: { stored: before, created: false }, deed: null };
    const refusedAt = before?.refusedAt;
    const stored: StoredSuppression = {
      ...{ _id, channel, reason, scope, at },
      ...(refusedAt === undefined ? {} : { refusedAt }),
    };
    await suppressions.replaceOne({ _id }, stored, { upsert: true, session });
    const result = { stored, created: before === null };
    return { result, deed: deedOf({ at, what: 'addressSuppressed', before, after: stored }) };
  });
}

/**
 * Takes an address off the list; answers what stood there, null if nothing did. Where something
 * else stood, a refusal by whoever reads it stays: it takes a second word to lift that.
 */
export async function liftSuppression(
  mongo: Stores,
  { channel, address, at }: Whom,
): Promise<StoredSuppression | null> {
  const { suppressions } = mongo.collections;
  const _id = suppressionId(channel, hashAddress(channel, address));
  return audited(mongo, async (session) => {
    const before = await suppressions.findOne({ _id }, { session });
    if (before === null) return { result: null, deed: null };
    const left = afterLift(before);
    const after = left === null ? null : { ...left, _id, channel };
    if (after === null) await suppressions.deleteOne({ _id }, { session });
    else await suppressions.replaceOne({ _id }, after, { session });
    return { result: before, deed: deedOf({ at, what: 'suppressionLifted', before, after }) };
  });
}

interface Change extends Pick<Deed, 'at' | 'what'> {
  before: StoredSuppression | null;
  after: StoredSuppression | null;
}

function deedOf({ at, what, before, after }: Change): Deed {
  const shown = ({ channel, reason, scope, at: since }: StoredSuppression): object => ({
    ...{ channel, reason, scope: scope ?? 'all', at: since },
  });
  return {
    ...{ at, what, ids: { suppression: (after ?? before)?._id ?? '' } },
    before: before && shown(before),
    after: after && shown(after),
  };
}
