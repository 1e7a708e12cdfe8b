import { canonicalAddress } from '#domain/message/address.ts';
import type { Channel } from '#domain/message/message.ts';
import type { AddressStanding } from '#domain/message/suppression.ts';
import { addressHash } from '#platform/hash.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { StoredSuppression } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { suppressionId } from './suppress-address.ts';

/** The hash under which an address is suppressed and proved: of its one canonical form. */
export function hashAddress(channel: Channel, address: string): string {
  return addressHash(channel, canonicalAddress(channel, address));
}

/** What stands against the address of a hash; null: it is on no list. Read at each send. */
export function createReadSuppression({
  suppressions,
}: Pick<Collections, 'suppressions'>): (
  channel: Channel,
  hash: string,
) => Promise<AddressStanding | null> {
  const read: (id: string) => Promise<Pick<StoredSuppression, keyof AddressStanding> | null> =
    readById(suppressions, { projection: { scope: 1, refusedAt: 1, refusalOnly: 1 } });
  return (channel, hash) => read(suppressionId(channel, hash));
}
