import { canonicalAddress } from '#domain/message/address.ts';
import type { Channel } from '#domain/message/message.ts';
import { addressHash } from '#platform/hash.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { Collections } from '#platform/mongo.ts';
import { suppressionId } from './suppress-address.ts';

/** The hash under which an address is suppressed and proved: of its one canonical form. */
export function hashAddress(channel: Channel, address: string): string {
  return addressHash(channel, canonicalAddress(channel, address));
}

/** Whether nobody may be reached at the address of a hash. Read afresh at each send. */
export function createIsSuppressed({
  suppressions,
}: Pick<Collections, 'suppressions'>): (channel: Channel, hash: string) => Promise<boolean> {
  const read = readById(suppressions, { projection: { _id: 1 } });
  return async (channel, hash) => (await read(suppressionId(channel, hash))) !== null;
}
