import type { StoredEvent } from '#domain/event/event.ts';
import type { Profile } from '#domain/profile/profile.ts';

/** Browsers of one person that the shop vouched for: those it named first are forgotten. */
const BROWSERS_MAX = 20;

const ANONYMOUS = 'anonymous:';

/**
 * Notes that the shop, by a server key, the admin API or a file, named somebody by an address, and
 * which browsers it named with it. A browser may have written an address onto its own profile that
 * is somebody else's: once the shop speaks of whoever has that address, the profile is no longer
 * this browser's. Who has an id of the shop's is not noted, for they read with a token anyway.
 */
export function noteSpokenFor(profile: Profile, { source, by = [] }: StoredEvent): Profile {
  const isNamed = by.some((id) => id.startsWith('email:') || id.startsWith('phone:'));
  if (source === 'browser' || !isNamed || by.some((id) => id.startsWith('external:'))) {
    return profile;
  }
  const known = profile.spokenFor;
  const browsers = by
    .filter((id) => id.startsWith(ANONYMOUS))
    .map((id) => id.slice(ANONYMOUS.length));
  if (known !== undefined && browsers.every((id) => known.includes(id))) return profile;
  return { ...profile, spokenFor: unite(known, browsers) };
}

/** Of two profiles of one person. */
export function joinSpokenFor(one: Profile, other: Profile): Pick<Profile, 'spokenFor'> {
  if (one.spokenFor === undefined && other.spokenFor === undefined) return {};
  return { spokenFor: unite(other.spokenFor, one.spokenFor) };
}

/**
 * Whether the id that only one browser knows opens what is this profile's, as far as addresses go: as
 * long as the shop has not named the person by an address, or where it named this browser with one.
 */
export function isBrowsersOwn({ spokenFor }: Profile, anonymousId: string): boolean {
  return spokenFor?.includes(anonymousId) ?? true;
}

function unite(known: readonly string[] = [], said: readonly string[] = []): string[] {
  return [...new Set([...known, ...said])].slice(-BROWSERS_MAX);
}
