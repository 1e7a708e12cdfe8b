import { addressOf } from '#domain/message/address.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { CALL_KIND } from './task.ts';

/** Why a person may not be called; null: they may. Silence is no consent to be rung up. */
export function whyNotCall({
  consents,
  ...profile
}: Pick<Profile, 'consents' | 'attributes' | 'devices'>): 'noConsent' | 'noAddress' | null {
  const said = Object.hasOwn(consents, CALL_KIND) ? consents[CALL_KIND] : undefined;
  if (said?.granted !== true) return 'noConsent';
  return addressOf(profile, 'sms') === null ? 'noAddress' : null;
}
