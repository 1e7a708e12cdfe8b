import type { SendOutcome } from '#domain/journey/run.ts';
import type { Channel } from '#domain/message/message.ts';

/**
 * How long nobody is tried in a channel whose provider has just refused one, in ms, where it says
 * nothing longer itself: doubled with each try that is refused again. A provider that is back is
 * noticed within the longest.
 */
const SHUT_FIRST_MS = 1_000;
const SHUT_MAX_MS = 30_000;

/** How somebody came to be tried; `probe`: alone, to see whether the provider is back. */
type Pass = 'open' | 'probe';

/**
 * The channels of a campaign under way. Where a provider says "not now" (its rate, or that it is
 * away) the channel is shut for all, not for the one it said so to: a message that is not tried has
 * its whole time still, and the provider is left in peace. Instants in epoch ms.
 */
export interface Doors {
  /** How somebody may be tried in this channel now; a number: not before then. */
  enter(channel: Channel, at: number): Pass | number;
  /** Whether a newcomer may begin in this channel: not while it is shut, nor while it is probed. */
  isOpen(channel: Channel, at: number): boolean;
  /** Whether one alone may be tried: its time is over, and nobody knows yet whether it is back. */
  isDoubtful(channel: Channel): boolean;
  /** What became of the try that `enter` let in; null: nobody knows. */
  left(channel: Channel, pass: Pass, outcome: SendOutcome | null, at: number): void;
}

interface Door {
  until: number;
  refusals: number;
  isProbed: boolean;
}

interface Probed {
  outcome: SendOutcome | null;
  /** Until when the provider wants no calls; null: it said nothing of the kind. */
  retryAt: number | null;
  at: number;
}

export function createDoors(): Doors {
  const shut = new Map<Channel, Door>();
  const probed = (door: Door, channel: Channel, { outcome, retryAt, at }: Probed): void => {
    door.isProbed = false;
    const kind = outcome?.kind;
    if (kind === 'sent' || kind === 'failed') shut.delete(channel);
    if (retryAt === null && kind !== 'unsure') return;
    const wait = Math.min(SHUT_MAX_MS, SHUT_FIRST_MS * 2 ** Math.min(door.refusals, 20));
    door.until = Math.max(retryAt ?? at, at + wait);
    door.refusals += 1;
  };
  return {
    enter(channel, at) {
      const door = shut.get(channel);
      if (door === undefined) return 'open';
      if (door.until > at) return door.until;
      if (door.isProbed) return at + SHUT_FIRST_MS;
      door.isProbed = true;
      return 'probe';
    },
    isOpen(channel, at) {
      const door = shut.get(channel);
      return door === undefined || (door.until <= at && !door.isProbed);
    },
    isDoubtful: (channel) => shut.has(channel),
    left(channel, pass, outcome, at) {
      const door = shut.get(channel);
      const retryAt = refusedUntil(outcome, at);
      if (pass === 'probe') {
        if (door !== undefined) probed(door, channel, { outcome, retryAt, at });
      } else if (retryAt !== null) {
        // Those who were under way when it was shut say nothing new.
        if (door !== undefined) door.until = Math.max(door.until, retryAt);
        else shut.set(channel, shutAt(at, retryAt));
      }
    },
  };
}

function shutAt(at: number, retryAt: number): Door {
  return { until: Math.max(retryAt, at + SHUT_FIRST_MS), refusals: 1, isProbed: false };
}

/** Until when a provider wants no calls; null: it said nothing of the kind. */
function refusedUntil(outcome: SendOutcome | null, at: number): number | null {
  if (outcome?.kind !== 'later' || outcome.retryAt <= at) return null;
  const isOfProvider = outcome.reason === 'rateLimited' || outcome.reason === 'providerUnavailable';
  return isOfProvider ? outcome.retryAt : null;
}
