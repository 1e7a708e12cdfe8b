import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';

/**
 * Where the profile of somebody erased leads: to nobody. Whatever follows merges ends up without a
 * profile, and whatever walks over people leaves it out, as it does those merged away.
 */
export const NOBODY = 'nobody';

/**
 * What stays of an erased profile: its id, so that queued and late events of it find that there is
 * nobody, and writers who read it before are fenced off. `at` is epoch ms.
 */
export function erasedProfile({ _id, partition, revision }: Profile, at: number): Profile {
  const blank = newProfile(_id, partition, at);
  return { ...blank, revision: revision + 1, mergedInto: NOBODY, erasedAt: at };
}

export function isErased(profile: Pick<Profile, 'erasedAt'> | null | undefined): boolean {
  return profile != null && profile.erasedAt !== null;
}
