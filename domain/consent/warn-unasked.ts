import { matchesWhere } from '#domain/condition/where.ts';
import { CONSENT_REQUESTED } from '#domain/consent/double-opt-in.ts';
import type { Fault } from '#domain/errors.ts';
import type { Entry } from '#domain/journey/entry.ts';
import type { Channel } from '#domain/message/message.ts';

/** Where the event of a request names its channel. */
const CHANNEL = 'properties.channel';

/**
 * Channels of double opt-in in which nobody would be asked to confirm, as the journeys of these
 * entries are all that take people in. What an entry says of more than the channel is left aside.
 */
export function warnUnasked(doubleOptIn: readonly Channel[], entries: readonly Entry[]): Fault[] {
  return doubleOptIn.flatMap((channel, index) =>
    entries.some((entry) => takesUp(entry, channel))
      ? []
      : [
          {
            pointer: `#/doubleOptIn/${String(index)}`,
            detail: `No live journey enters on the event "${CONSENT_REQUESTED}" for ${channel}: nobody would be asked to confirm, and no new consent there would count. Publish one that sends a template with links.confirm.`,
          },
        ],
  );
}

function takesUp(entry: Entry, channel: Channel): boolean {
  if (!('event' in entry) || entry.event !== CONSENT_REQUESTED) return false;
  const said = entry.where?.[CHANNEL];
  if (said === undefined) return true;
  return matchesWhere({ [CHANNEL]: said }, { occurredAt: 0, properties: { channel } });
}
