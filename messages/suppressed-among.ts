import type { Channel } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';
import { hashAddress } from './is-suppressed.ts';
import { suppressionId } from './suppress-address.ts';

/** Of some addresses of a channel those at which nobody may be reached, in one read. */
export async function suppressedAmong(
  { suppressions }: Pick<Collections, 'suppressions'>,
  channel: Channel,
  addresses: readonly string[],
): Promise<Set<string>> {
  if (addresses.length === 0) return new Set();
  const ids = new Map(
    addresses.map((address) => [address, suppressionId(channel, hashAddress(channel, address))]),
  );
  const rows = await suppressions
    .find({ _id: { $in: [...new Set(ids.values())] } })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  const known = new Set(rows.map(({ _id }) => _id));
  return new Set(addresses.filter((address) => known.has(ids.get(address) ?? '')));
}
