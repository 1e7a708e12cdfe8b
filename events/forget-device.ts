import type { StoredEvent } from '#domain/event/event.ts';
import type { Channel } from '#domain/message/message.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Stamp } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';

/** The event by which a device that is gone leaves its owner's profile. */
const DEVICE_REMOVED = 'Device Removed';

/** A device that a provider says is gone: the app was deleted, the browser's permission taken back. */
interface GoneDevice {
  profileId: string;
  channel: Channel;
  token: string;
  /** The message that found it out; makes a repeat the same event. */
  messageId: string;
}

/** Has a device leave its owner's profile, by an event like any other. @throws `unavailable` */
export function createForgetDevice({ store, stamp }: { store: AcceptStore; stamp: Stamp }) {
  return async function forgetDevice(gone: GoneDevice): Promise<void> {
    const { profileId, channel, token, messageId } = gone;
    const { receivedAt, place } = stamp(1);
    const event: StoredEvent = {
      _id: `device-removed/${messageId}`,
      profileId,
      partition: partitionOf(profileId),
      kind: 'track',
      name: DEVICE_REMOVED,
      occurredAt: receivedAt,
      receivedAt,
      place,
      source: 'kairos',
      properties: { channel, message_id: messageId },
      deviceGone: token,
      state: 'accepted',
      pending: true,
    };
    await store.insert([event]);
  };
}

export type ForgetDevice = ReturnType<typeof createForgetDevice>;
