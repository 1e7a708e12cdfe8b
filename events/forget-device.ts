import type { StoredEvent } from '#domain/event/event.ts';
import type { Channel } from '#domain/message/message.ts';
import { isSubscription } from '#domain/message/push-subscription.ts';
import type { DeviceHolder } from '#domain/profile/passed-devices.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Stamp } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';
import { sha256Hex } from '#platform/hash.ts';

/** The event by which a device that is gone leaves its owner's profile. */
const DEVICE_REMOVED = 'Device Removed';

/** Characters of a hash in an event's id: 160 bits. */
const HASH_LENGTH = 40;

/** A device that a provider says is gone: the app was deleted, the browser's permission taken back. */
interface GoneDevice {
  profileId: string;
  channel: Channel;
  token: string;
  /** The message that found it out; makes a repeat the same event. */
  messageId: string;
}

interface Deps {
  store: AcceptStore;
  stamp: Stamp;
}

/** Has a device leave its owner's profile, by an event like any other. @throws `unavailable` */
export function createForgetDevice({ store, stamp }: Deps) {
  return async function forgetDevice(gone: GoneDevice): Promise<void> {
    const { profileId, channel, token, messageId } = gone;
    const taken = stamp(1);
    await store.insert([
      {
        ...{ ...removalOf(profileId, token), ...taken, occurredAt: taken.receivedAt },
        _id: `device-removed/${messageId}`,
        properties: { channel, message_id: messageId },
      },
    ]);
  };
}

export type ForgetDevice = ReturnType<typeof createForgetDevice>;

/**
 * Has devices leave those who had them, as of an instant, because somebody else has them now. A
 * repeat is the same events. @throws `unavailable`
 */
export function createForgetDevices({ store, stamp }: Deps) {
  return async function forgetDevices(passed: readonly DeviceHolder[]): Promise<void> {
    if (passed.length === 0) return;
    const { receivedAt, place } = stamp(passed.length);
    const events = passed.map(({ profileId, token, at }, index): StoredEvent => {
      const hash = sha256Hex(JSON.stringify([profileId, token, at])).slice(0, HASH_LENGTH);
      return {
        ...{ ...removalOf(profileId, token), receivedAt, place: place + index, occurredAt: at },
        _id: `device-passed/${hash}`,
        properties: { channel: isSubscription(token) ? 'web-push' : 'push' },
      };
    });
    await store.insert(events);
  };
}

export type ForgetDevices = ReturnType<typeof createForgetDevices>;

function removalOf(
  profileId: string,
  token: string,
): Omit<StoredEvent, '_id' | 'occurredAt' | 'receivedAt' | 'place' | 'properties'> {
  return {
    ...{ profileId, partition: partitionOf(profileId) },
    ...{ kind: 'track', name: DEVICE_REMOVED, source: 'kairos', deviceGone: token },
    ...{ state: 'accepted', pending: true },
  };
}
