import type { StoredEvent } from '#domain/event/event.ts';
import { addressOf, canonicalAddress } from '#domain/message/address.ts';
import type { Channel } from '#domain/message/message.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import type { Profile } from '#domain/profile/profile.ts';

/** The oldest are forgotten: who had more addresses that died is reached at none of them now. */
const DEAD_MAX = 10;

/**
 * Remembers that nobody is reached at the customer's address any more, as a hard bounce or a
 * complaint tells. The receipt does not name the address: it is the one the customer has.
 */
export function noteDeadAddress(profile: Profile, event: StoredEvent): Profile {
  const receipt = RECEIPT_EVENTS[event.name];
  if (receipt === undefined || event.source === 'browser') return profile;
  const isDead = event.properties.bounce === 'hard' || receipt.status === 'complained';
  const dead = isDead ? deadKey(profile, receipt.channel) : null;
  const known = profile.deadAddresses ?? [];
  if (dead === null || known.includes(dead)) return profile;
  return { ...profile, deadAddresses: [...known, dead].slice(-DEAD_MAX) };
}

/** Those of two customers who are one. */
export function joinDeadAddresses(one: Profile, other: Profile): Pick<Profile, 'deadAddresses'> {
  const both = new Set([...(other.deadAddresses ?? []), ...(one.deadAddresses ?? [])]);
  return both.size === 0 ? {} : { deadAddresses: [...both].slice(-DEAD_MAX) };
}

/** Whether a customer has an address in a channel at which something arrives, as far as is known. */
export function hasLiveAddress(profile: Profile, channel: Channel): boolean {
  const key = deadKey(profile, channel);
  return key !== null && profile.deadAddresses?.includes(key) !== true;
}

function deadKey(profile: Profile, channel: Channel): string | null {
  const address = addressOf(profile, channel);
  return address === null ? null : `${channel}|${canonicalAddress(channel, address)}`;
}
