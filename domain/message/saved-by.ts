import type { Saved } from '#domain/journey/run.ts';
import { decide, type GateFacts } from './gate.ts';
import type { Channel } from './message.ts';

/** Price of one message by channel, in micro-units (1e-6) of US dollars. */
export type ChannelCosts = Readonly<Record<Channel, number>>;

/** A message that was not needed any more, as the gate would have seen it at this moment. */
export interface Spared {
  channel: Channel;
  /** Whether its template says anything in that channel. */
  hasContent: boolean;
  facts: GateFacts;
}

/**
 * What was saved by not sending these messages of a cascade to somebody. One that the gate would not
 * have let out (no consent, no address, a list, a wish) or that says nothing there would have cost
 * nothing, so it saves nothing; one that the gate would have held until the morning does.
 */
export function savedBy(spared: readonly Spared[], costs: ChannelCosts): Saved {
  const channels = spared.filter(wouldGo).map(({ channel }) => channel);
  return { channels, micros: channels.reduce((sum, channel) => sum + costs[channel], 0) };
}

function wouldGo({ hasContent, facts }: Spared): boolean {
  return hasContent && !('suppressed' in decide(facts));
}
