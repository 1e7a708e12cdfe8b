import { withSource } from '#domain/profile/attribute-sources.ts';
import { normaliseEmail, normalisePhone } from '#domain/profile/identity.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import { isZone } from '#domain/time/zone.ts';

/** Names of attributes of one customer, removed ones included; one more is not taken. */
export const ATTRIBUTES_MAX = 1000;

const LANGUAGES = ['language', 'locale'];
const ZONES = ['timezone', 'zone'];

/**
 * Sets attributes said at `at` (epoch ms) by `source`; null removes one. The later word wins,
 * attribute by attribute, in whatever order they arrive; what is said at the same instant wins by
 * arriving later. Language and zone follow their attributes. Returns the same profile if nothing
 * changed.
 */
export function setAttributes(
  profile: Profile,
  said: JsonObject,
  { at, source }: { at: number; source: string },
): Profile {
  const names = namesToTake(profile, said, at);
  if (names.length === 0) return profile;
  const attributes = { ...profile.attributes };
  const attributeTimes = { ...profile.attributeTimes };
  for (const name of names) {
    const value = normalised(name, said[name] ?? null);
    if (value === null) Reflect.deleteProperty(attributes, name);
    else attributes[name] = value;
    attributeTimes[name] = at;
  }
  const attributeSources = withSource(profile, names, source);
  return withLanguageAndZone({ ...profile, attributes, attributeTimes, attributeSources }, profile);
}

/** Those of the names said of which nothing later is known, as far as there is room for new ones. */
function namesToTake(profile: Profile, said: JsonObject, at: number): string[] {
  const times = profile.attributeTimes;
  let room = ATTRIBUTES_MAX - Object.keys(times).length;
  return Object.keys(said).filter((name) => {
    // Assigning `__proto__` would not set an attribute.
    if (name === '__proto__') return false;
    if (Object.hasOwn(times, name)) return (times[name] ?? at) <= at;
    room -= 1;
    return room >= 0;
  });
}

/**
 * Takes the browser's language and zone from an event's context. `newest` says that nothing later
 * was seen of this customer.
 */
export function setContext(profile: Profile, context: JsonObject, newest: boolean): Profile {
  if (!newest) return profile;
  let next = profile;
  const { locale, timezone } = context;
  if (typeof locale === 'string' && locale !== profile.browserLanguage) {
    const browserLanguage = languageTag(locale);
    if (browserLanguage !== null && browserLanguage !== profile.browserLanguage) {
      next = { ...next, browserLanguage };
    }
  }
  if (timezone !== profile.zone && isZone(timezone) && zoneSaid(profile) === null) {
    next = { ...next, zone: timezone };
  }
  return next;
}

/**
 * Language and zone as the customer prefers them, else of the attributes; `before` tells whether the
 * zone came from one of the two.
 */
export function withLanguageAndZone(profile: Profile, before: Profile): Profile {
  const language = preferred(profile, 'language') ?? firstOf(profile, LANGUAGES, languageTag);
  const said = zoneSaid(profile);
  // A zone that an attribute said goes when the attribute goes; one of the browser stays.
  const zone = said ?? (zoneSaid(before) === null ? profile.zone : null);
  if (language === profile.language && zone === profile.zone) return profile;
  return { ...profile, language, zone };
}

/** A BCP 47 tag in its canonical form (`pt_br` is `pt-BR`); null where it is none. */
export function languageTag(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text.trim().replaceAll('_', '-'))[0] ?? null;
  } catch {
    return null;
  }
}

function zoneSaid(profile: Profile): string | null {
  const said = firstOf(profile, ZONES, (text) => (isZone(text) ? text : null));
  return preferred(profile, 'zone') ?? said;
}

/** What was checked when it was said. */
function preferred({ preferences }: Profile, name: 'language' | 'zone'): string | null {
  const value = preferences?.values[name];
  return typeof value === 'string' ? value : null;
}

function firstOf(
  profile: Profile,
  names: readonly string[],
  read: (text: string) => string | null,
): string | null {
  for (const name of names) {
    const value = Object.hasOwn(profile.attributes, name) ? profile.attributes[name] : null;
    const found = typeof value === 'string' ? read(value) : null;
    if (found !== null) return found;
  }
  return null;
}

function normalised(name: string, value: Json): Json {
  if (typeof value !== 'string') return value;
  // What is no address stays as the shop said it: the gate finds that it cannot be sent to.
  if (name === 'email') return normaliseEmail(value) ?? value.trim();
  if (name === 'phone') return normalisePhone(value) ?? value.trim();
  return value;
}
