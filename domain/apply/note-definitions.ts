import type { Profile } from '#domain/profile/profile.ts';
import { membershipFilled } from './keep-membership.ts';
import { watchFilled } from './watch.ts';
import type { Work } from './work.ts';

/**
 * What segments defined, or defined anew, since a profile was looked at make true of it. Nothing
 * happened to this customer: nobody is told, no run begins by it and none ends.
 */
export function noteDefinitions(work: Work, profile: Profile): Profile {
  const filled = membershipFilled(work, profile);
  return filled === profile ? profile : watchFilled(work, profile, filled);
}
