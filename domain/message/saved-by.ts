import type { Saved } from '#domain/journey/run.ts';
import { hasLiveAddress } from '#domain/profile/dead-addresses.ts';
import type { Channel } from './message.ts';
import type { Profile } from '#domain/profile/profile.ts';

/** Price of one message by channel, in micro-units (1e-6) of US dollars. */
export type ChannelCosts = Readonly<Record<Channel, number>>;

/**
 * What was saved by not sending these channels of a cascade to this person. A channel in which they
 * have no address, or which they have refused, would have reached nobody: it saves nothing.
 */
export function savedBy(
  spared: readonly Channel[],
  costs: ChannelCosts,
  person: Profile | null,
): Saved {
  const channels = spared.filter((channel) => person !== null && isReached(person, channel));
  return { channels, micros: channels.reduce((sum, channel) => sum + costs[channel], 0) };
}

function isReached(person: Profile, channel: Channel): boolean {
  const consent = Object.hasOwn(person.consents, channel) ? person.consents[channel] : undefined;
  return consent?.granted !== false && hasLiveAddress(person, channel);
}
