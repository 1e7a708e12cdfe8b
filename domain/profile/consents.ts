import type { StoredEvent } from '#domain/event/event.ts';
import type { Consent, Profile } from '#domain/profile/profile.ts';

/** The channel an `Unsubscribed` event speaks of when it names none. */
const UNSUBSCRIBED_CHANNEL = 'email';
/** Far more channels than there are. */
const CONSENTS_MAX = 50;

/** Takes what an event says of consents: the latest word on each channel stands. */
export function applyConsents(profile: Profile, event: StoredEvent): Profile {
  let next = profile;
  for (const [channel, said] of Object.entries(event.consents ?? {})) {
    next = setConsent(next, channel, { ...said, at: event.occurredAt });
  }
  if (event.name !== 'Unsubscribed') return next;
  const { channel } = event.properties;
  return setConsent(next, typeof channel === 'string' ? channel : UNSUBSCRIBED_CHANNEL, {
    granted: false,
    at: event.occurredAt,
    source: 'unsubscribed',
  });
}

function setConsent(profile: Profile, channel: string, said: Consent): Profile {
  const known = Object.hasOwn(profile.consents, channel) ? profile.consents[channel] : undefined;
  if (channel === '__proto__' || (known !== undefined && known.at > said.at)) return profile;
  if (known === undefined && Object.keys(profile.consents).length >= CONSENTS_MAX) return profile;
  return { ...profile, consents: { ...profile.consents, [channel]: said } };
}

/** Consents of two profiles of one person: where they differ, a refusal stands. */
export function joinConsents(
  keep: Profile['consents'],
  other: Profile['consents'],
): Profile['consents'] {
  const joined = { ...keep };
  for (const [channel, theirs] of Object.entries(other)) {
    const ours = Object.hasOwn(joined, channel) ? joined[channel] : undefined;
    if (ours === undefined) joined[channel] = theirs;
    else if (ours.granted !== theirs.granted) joined[channel] = ours.granted ? theirs : ours;
    else if (theirs.at > ours.at) joined[channel] = theirs;
  }
  return joined;
}
