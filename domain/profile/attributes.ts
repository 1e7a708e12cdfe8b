import { normaliseEmail, normalisePhone } from '#domain/profile/identity.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import { isZone } from '#domain/time/zone.ts';

/** Names of attributes of one customer, removed ones included; one more is not taken. */
export const ATTRIBUTES_MAX = 1000;

const LANGUAGES = ['language', 'locale'];
const ZONES = ['timezone', 'zone'];

/**
 * Sets attributes said at `at` (epoch ms); null removes one. The later word wins, attribute by
 * attribute, in whatever order they arrive; what is said at the same instant wins by arriving
 * later. Language and zone follow their attributes. Returns the same profile if nothing changed.
 */
export function setAttributes(profile: Profile, said: JsonObject, at: number): Profile {
  let attributes: JsonObject | null = null;
  let times: Record<string, number> | null = null;
  let known = -1;
  for (const name of Object.keys(said)) {
    const before = Object.hasOwn(profile.attributeTimes, name)
      ? profile.attributeTimes[name]
      : undefined;
    // Assigning `__proto__` would not set an attribute.
    if (name === '__proto__' || (before !== undefined && before > at)) continue;
    if (before === undefined) {
      if (known < 0) known = Object.keys(profile.attributeTimes).length;
      if (known >= ATTRIBUTES_MAX) continue;
      known += 1;
    }
    attributes ??= { ...profile.attributes };
    times ??= { ...profile.attributeTimes };
    const value = normalised(name, said[name] ?? null);
    if (value === null) Reflect.deleteProperty(attributes, name);
    else attributes[name] = value;
    times[name] = at;
  }
  if (attributes === null || times === null) return profile;
  return withLanguageAndZone({ ...profile, attributes, attributeTimes: times }, profile);
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

/** Language and zone of the attributes; `before` tells whether the zone came from one. */
export function withLanguageAndZone(profile: Profile, before: Profile): Profile {
  const language = firstOf(profile, LANGUAGES, languageTag);
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
  return firstOf(profile, ZONES, (text) => (isZone(text) ? text : null));
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
