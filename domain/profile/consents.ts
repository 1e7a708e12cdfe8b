import { most } from '#domain/extremes.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Consent, Profile } from '#domain/profile/profile.ts';

/** The channel an `Unsubscribed` event speaks of when it names none. */
const UNSUBSCRIBED_CHANNEL = 'email';
/** Far more channels than there are. */
const CONSENTS_MAX = 50;

/** What a site's consent manager puts on every call it makes: the same word again and again. */
const STAMP_SOURCE = 'tracking';

/** Takes what an event says of consents: the latest word on each channel stands. */
export function applyConsents(profile: Profile, event: StoredEvent): Profile {
  let next = profile;
  for (const [channel, said] of Object.entries(event.consents ?? {})) {
    next = setConsent(next, channel, { ...said, at: event.occurredAt });
  }
  const left = unsubscribedFrom(event);
  // Where the event says it with its proof, that is the word.
  if (left === null || event.consents?.[left] !== undefined) return next;
  return setConsent(next, left, { granted: false, at: event.occurredAt, source: 'unsubscribed' });
}

/** The channel that an event tells was left; null: it tells of none. */
export function unsubscribedFrom({ name, properties }: StoredEvent): string | null {
  if (name !== 'Unsubscribed') return null;
  return typeof properties.channel === 'string' ? properties.channel : UNSUBSCRIBED_CHANNEL;
}

function setConsent(profile: Profile, channel: string, said: Consent): Profile {
  const known = Object.hasOwn(profile.consents, channel) ? profile.consents[channel] : undefined;
  if (channel === '__proto__') return profile;
  if (known === undefined && Object.keys(profile.consents).length >= CONSENTS_MAX) return profile;
  if (known !== undefined && isNothingNew(known, said)) return profile;
  const next = known === undefined ? said : latestOf(known, said);
  return next === known
    ? profile
    : { ...profile, consents: { ...profile.consents, [channel]: next } };
}

/**
 * Who has agreed in so many words need not confirm it again; and what a site puts on every call
 * confirms nothing.
 */
function isNothingNew(known: Consent, said: Consent): boolean {
  if (said.pending === true) return known.granted && explicitGrantAt(known) !== null;
  return known.pending === true && said.granted && explicitGrantAt(said) === null;
}

/** The later word, which remembers when a grant and a refusal were said last in so many words. */
function latestOf(known: Consent, said: Consent): Consent {
  const later = known.at > said.at ? known : said;
  const grantedAt = most(lastGrantAt(known), lastGrantAt(said));
  const refusedAt = most(lastRefusalAt(known), lastRefusalAt(said));
  if (grantedAt === lastGrantAt(later) && refusedAt === lastRefusalAt(later)) return later;
  const { grantedAt: _granted, refusedAt: _refused, ...word } = later;
  // What the word itself says is not said twice: whatever the order they came in, it is the same.
  return {
    ...word,
    ...(grantedAt !== null && grantedAt !== lastGrantAt(word) && { grantedAt }),
    ...(refusedAt !== null && refusedAt !== lastRefusalAt(word) && { refusedAt }),
  };
}

function lastGrantAt({ granted, at, source, grantedAt }: Consent): number | null {
  return most(granted && source !== STAMP_SOURCE ? at : null, grantedAt ?? null);
}

/** A request that waits for its confirmation refuses nothing. */
function lastRefusalAt({ granted, at, pending, refusedAt }: Consent): number | null {
  return most(granted || pending === true ? null : at, refusedAt ?? null);
}

/**
 * Epoch ms at which the grant that stands was said in so many words: by a form, a call for one
 * channel, a file that names its source. What comes along with every page view is none, for it says
 * nothing new. Null: never, or it was taken back since.
 */
export function explicitGrantAt(consent: Consent): number | null {
  const grantedAt = lastGrantAt(consent);
  const refusedAt = lastRefusalAt(consent);
  return grantedAt !== null && grantedAt > (refusedAt ?? -Infinity) ? grantedAt : null;
}

/** Consents of two profiles of one person: where they differ, a refusal stands, and what is said a request gives way. */
export function joinConsents(
  keep: Profile['consents'],
  other: Profile['consents'],
): Profile['consents'] {
  const joined = { ...keep };
  for (const [channel, theirs] of Object.entries(other)) {
    const ours = Object.hasOwn(joined, channel) ? joined[channel] : undefined;
    if (ours === undefined) joined[channel] = theirs;
    else if (ours.pending !== theirs.pending) joined[channel] = ours.pending ? theirs : ours;
    else if (ours.granted !== theirs.granted) joined[channel] = ours.granted ? theirs : ours;
    else joined[channel] = latestOf(theirs, ours);
  }
  return joined;
}
