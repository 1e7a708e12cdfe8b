import type { Channel } from '#domain/message/message.ts';
import { deviceKey, isSubscription } from '#domain/message/push-subscription.ts';
import type { Profile } from '#domain/profile/profile.ts';

/** RFC 5321's longest address. */
const EMAIL_MAX = 254;
/** FCM's tokens are some 160 characters today and documented as opaque. */
const TOKEN_MAX = 4_096;

/** On the shop's own pages a person is reached as who they are: by the profile's id. */
type Reachable = Pick<Profile, 'attributes' | 'devices'> & { _id?: string };

/**
 * Where this person is reached in a channel: the e-mail address, the E.164 number, the token of
 * the device seen last (only that one: a person carries one phone at a time), the subscription of
 * the browser seen last, the profile's id on the shop's own pages. Null if nowhere.
 */
export function addressOf(profile: Reachable, channel: Channel): string | null {
  return ADDRESSES[channel](profile);
}

const ADDRESSES: Record<Channel, (profile: Reachable) => string | null> = {
  email: ({ attributes }) => {
    const email = typeof attributes.email === 'string' ? attributes.email.trim() : '';
    return email.length <= EMAIL_MAX && /^[^\s@<>,;"\p{Cc}]+@[^\s@<>,;"\p{Cc}]+$/u.test(email)
      ? email
      : null;
  },
  sms: phoneOf,
  push: ({ devices }) => {
    const token = devices.find((device) => !isSubscription(device.token))?.token ?? '';
    return token !== '' && token.length <= TOKEN_MAX ? token : null;
  },
  'web-push': ({ devices }) => devices.find(({ token }) => isSubscription(token))?.token ?? null,
  // Viber knows people by their phone's number.
  viber: phoneOf,
  'in-app': profileOf,
  inbox: profileOf,
  widget: profileOf,
};

function profileOf({ _id }: Reachable): string | null {
  return _id ?? null;
}

function phoneOf({ attributes }: Reachable): string | null {
  const phone = typeof attributes.phone === 'string' ? attributes.phone : '';
  const digits = phone.replace(/[\s().-]/g, '');
  return /^\+[1-9]\d{6,14}$/.test(digits) ? digits : null;
}

/**
 * The one form of an address under which it is suppressed: mail servers that tell upper from lower
 * case exist on paper only.
 */
export function canonicalAddress(channel: Channel, address: string): string {
  if (channel === 'email') return address.trim().toLowerCase();
  // A browser's keys may change, and where it is reached stays.
  return channel === 'web-push' ? deviceKey(address) : address;
}
