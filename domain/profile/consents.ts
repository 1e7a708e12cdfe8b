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
  if (left === null) return next;
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

/** The later word, which remembers when a grant was said in so many words. */
function latestOf(known: Consent, said: Consent): Consent {
  const later = known.at > said.at ? known : said;
  const grantedAt = most(explicitGrantAt(known), explicitGrantAt(said));
  return grantedAt === explicitGrantAt(later) || grantedAt === null
    ? later
    : { ...later, grantedAt };
}

/**
 * Epoch ms at which a grant was last said in so many words: by a form, a call for one channel, a
 * file that names its source. Null: never. What comes along with every page view is none, for it
 * says nothing new.
 */
export function explicitGrantAt({ granted, at, source, grantedAt }: Consent): number | null {
  const now = granted && source !== STAMP_SOURCE ? at : null;
  return most(now, grantedAt ?? null);
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
