import type { Channel } from '#domain/message/message.ts';
import type { AddressStanding } from '#domain/message/suppression.ts';
import type { Collections } from '#platform/mongo.ts';
import { hashAddress } from './is-suppressed.ts';
import { suppressionId } from './suppress-address.ts';

/** Of some addresses of a channel those on the list, and what stands against each, in one read. */
export async function suppressedAmong(
  { suppressions }: Pick<Collections, 'suppressions'>,
  channel: Channel,
  addresses: readonly string[],
): Promise<Map<string, AddressStanding>> {
  if (addresses.length === 0) return new Map();
  const ids = new Map(
    addresses.map((address) => [address, suppressionId(channel, hashAddress(channel, address))]),
  );
  const rows = await suppressions
    .find({ _id: { $in: [...new Set(ids.values())] } })
    .project<{ _id: string } & AddressStanding>({ scope: 1, refusedAt: 1, refusalOnly: 1 })
    .toArray();
  const known = new Map(rows.map(({ _id, ...standing }) => [_id, standing]));
  return new Map(
    addresses.flatMap((address) => {
      const standing = known.get(ids.get(address) ?? '');
      return standing === undefined ? [] : [[address, standing]];
    }),
  );
}
