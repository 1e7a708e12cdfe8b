import type { StoredEvent } from '#domain/event/event.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import { withLanguageAndZone } from '#domain/profile/attributes.ts';
import type { Preferences, Profile } from '#domain/profile/profile.ts';

/** The event by which somebody with an API key says what a customer wishes. */
export const PREFERENCES_CHANGED = 'Preferences Changed';

/** Names of one customer's preferences: more than any screen of settings shows. */
export const PREFERENCES_MAX = 100;
/** Characters of all of them as JSON: they travel with the profile, which every event rewrites. */
export const PREFERENCES_CHARS_MAX = 16_000;
/** Names remembered with when they were said, removed ones included; older removals are forgotten. */
const TIMES_MAX = 2 * PREFERENCES_MAX;

/** What an event of `PREFERENCES_CHANGED` carries as its properties. */
export interface PreferencesChange {
  /** Null removes one. */
  set: JsonObject;
  /** Whether what is not named is removed. */
  replace: boolean;
  /** Only if they stand at this revision; null: in any case. */
  revision: number | null;
}

/** Codes that stand on an event whose change was not made. */
export const PREFERENCES_STALE = 'preferencesStale';
export const PREFERENCES_FULL = 'preferencesFull';
export type PreferencesRefusal = typeof PREFERENCES_STALE | typeof PREFERENCES_FULL;

const NONE: Preferences = { values: {}, times: {}, revision: 0, at: 0 };

/** The change an event makes; null: it is about something else. */
function changeIn({ name, source, properties }: StoredEvent): PreferencesChange | null {
  if (name !== PREFERENCES_CHANGED || source !== 'admin') return null;
  const { set, replace, revision } = properties;
  if (!isJsonObject(set)) return null;
  return {
    set,
    replace: replace === true,
    revision: typeof revision === 'number' ? revision : null,
  };
}

/**
 * Why an event's change is not to be made; null: it may be. This is decided once, when the event is
 * first applied: whoever folds it again leaves out what was refused, and asks no more.
 */
export function refusePreferences(profile: Profile, event: StoredEvent): PreferencesRefusal | null {
  const change = changeIn(event);
  if (change === null) return null;
  const known = profile.preferences ?? NONE;
  if (change.revision !== null && change.revision !== known.revision) return PREFERENCES_STALE;
  const { values } = changed(known, change, event.occurredAt);
  const isFull =
    Object.keys(values).length > PREFERENCES_MAX ||
    JSON.stringify(values).length > PREFERENCES_CHARS_MAX;
  return isFull ? PREFERENCES_FULL : null;
}

/**
 * Takes what an event says of preferences. Changes are made in the order of application, so that a
 * read after one shows it. Language and zone follow.
 */
export function applyPreferences(profile: Profile, event: StoredEvent): Profile {
  const change = changeIn(event);
  if (change === null || event.fault !== undefined) return profile;
  const preferences = changed(profile.preferences ?? NONE, change, event.occurredAt);
  return withLanguageAndZone({ ...profile, preferences }, profile);
}

function changed(known: Preferences, { set, replace }: PreferencesChange, at: number): Preferences {
  const values = replace ? {} : { ...known.values };
  const times = { ...known.times };
  const names = new Set([...Object.keys(set), ...(replace ? Object.keys(known.values) : [])]);
  for (const name of names) {
    const value = own(set, name);
    if (value === null) Reflect.deleteProperty(values, name);
    else values[name] = value;
    // Clocks of two processes differ a little; what is made later is the later word all the same.
    times[name] = Math.max(at, Object.hasOwn(times, name) ? (times[name] ?? at) : at);
  }
  return {
    values,
    times: withoutOldest(times, values),
    revision: known.revision + 1,
    at: Math.max(at, known.at),
  };
}

/** Of two profiles of one person: the later word, name by name. */
export function joinPreferences(
  keep: Preferences | undefined,
  other: Preferences | undefined,
): Pick<Profile, 'preferences'> {
  if (other === undefined) return keep === undefined ? {} : { preferences: keep };
  const ours = keep ?? NONE;
  const values = { ...ours.values };
  const times = { ...ours.times };
  for (const [name, at] of Object.entries(other.times)) {
    if (Object.hasOwn(times, name) && (times[name] ?? at) >= at) continue;
    const value = own(other.values, name);
    if (value === null) Reflect.deleteProperty(values, name);
    else values[name] = value;
    times[name] = at;
  }
  return {
    preferences: {
      values,
      times: withoutOldest(times, values),
      // Neither's own: whoever read one of the two before does not change what became of both.
      revision: Math.max(ours.revision, other.revision) + 1,
      at: Math.max(ours.at, other.at),
    },
  };
}

/** Those of a profile that was parted: its own, under a revision that nobody has read before. */
export function partedPreferences(
  parted: Profile,
  standing: Profile,
): Pick<Profile, 'preferences'> {
  if (standing.preferences === undefined) return {};
  const { revision, at } = standing.preferences;
  const ours = parted.preferences ?? { ...NONE, at };
  return { preferences: { ...ours, revision: revision + 1 } };
}

function own(source: JsonObject, name: string): Json {
  return Object.hasOwn(source, name) ? (source[name] ?? null) : null;
}

/** What stands is remembered; of what was removed, the latest. */
function withoutOldest(times: Record<string, number>, values: JsonObject): Record<string, number> {
  const entries = Object.entries(times);
  if (entries.length <= TIMES_MAX) return times;
  const isGone = (name: string): number => (Object.hasOwn(values, name) ? 0 : 1);
  entries.sort((a, b) => isGone(a[0]) - isGone(b[0]) || b[1] - a[1]);
  return Object.fromEntries(entries.slice(0, TIMES_MAX));
}
