import type { StoredEvent } from '#domain/event/event.ts';
import { addressOf } from '#domain/message/address.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { unsubscribedFrom } from '#domain/profile/consents.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Refusal } from './plan.ts';

/**
 * What an event says of the address itself: `Unsubscribed` is the word of whoever reads what comes
 * there, and several customers may share it. Null: nothing. A refusal said as a consent is the
 * customer's own and speaks for no other.
 */
export function refusalIn(event: StoredEvent, profile: Profile): Refusal | null {
  const said = event.source === 'browser' ? null : unsubscribedFrom(event);
  const channel = CHANNELS.find((one) => one === said);
  if (channel === undefined) return null;
  const { message_id: id } = event.properties;
  return {
    channel,
    messageId: typeof id === 'string' ? id : null,
    address: addressOf(profile, channel),
    at: event.occurredAt,
  };
}
