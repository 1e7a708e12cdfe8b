import { deviceKey, isSubscription } from '#domain/message/push-subscription.ts';
import type { DeviceHolder } from '#domain/profile/passed-devices.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * Profiles read at once: a device is one person's, or a family's. More have one token only where it
 * is no phone's (one of a test, say); they lose it a thousand at a time.
 */
const HOLDERS_MAX = 1_000;

/** Who has these devices; a browser is known by its address, whatever its keys are now. */
export async function findHolders(
  { profiles }: Pick<Collections, 'profiles'>,
  tokens: readonly string[],
): Promise<DeviceHolder[]> {
  const keys = new Set(tokens.map(deviceKey));
  const browsers = tokens.filter(isSubscription).map(beginOf);
  const found = await profiles
    .find({ 'devices.token': { $in: [...tokens, ...browsers] }, mergedInto: null })
    .limit(HOLDERS_MAX)
    .project<Pick<Profile, '_id' | 'devices'>>({ devices: 1 })
    .toArray();
  return found.flatMap(({ _id: profileId, devices }) =>
    devices
      .filter(({ token }) => keys.has(deviceKey(token)))
      .map(({ token, at }) => ({ profileId, token, at })),
  );
}

/** How a browser's subscription begins, as `subscriptionToken` writes it: its address, before its keys. */
function beginOf(token: string): RegExp {
  const begin = JSON.stringify({ endpoint: deviceKey(token) }).slice(0, -1);
  return new RegExp(`^${begin.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')},`);
}
