import { deviceKey } from '#domain/message/push-subscription.ts';

/** The event by which a phone becomes a customer's. */
export const DEVICE_ADDED = 'Device Added';

/** A profile with a push address, and when it was last seen there (epoch ms). */
export interface DeviceHolder {
  profileId: string;
  token: string;
  at: number;
}

/**
 * Which profiles have a device no more, of all that have it: it is with whoever it was seen with
 * last, for what is pushed to it that person reads. `at` (epoch ms) is the moment before it was seen
 * there, so that nothing of the new owner leaves where the two turn out to be one person.
 */
export function passedOn(holders: readonly DeviceHolder[]): DeviceHolder[] {
  const owners = new Map<string, DeviceHolder>();
  for (const holder of holders) {
    const key = deviceKey(holder.token);
    const owner = owners.get(key);
    if (owner === undefined || isLater(holder, owner)) owners.set(key, holder);
  }
  return holders.flatMap((holder) => {
    const owner = owners.get(deviceKey(holder.token));
    if (owner === undefined || owner.profileId === holder.profileId) return [];
    return [{ ...holder, at: Math.max(holder.at, owner.at - 1) }];
  });
}

/** Of two that were seen in one instant the same one has it, whoever is asked first. */
function isLater(one: DeviceHolder, two: DeviceHolder): boolean {
  return one.at === two.at ? one.profileId > two.profileId : one.at > two.at;
}
