import { describe, expect, it } from '@jest/globals';
import { joinConsents } from '#domain/profile/consents.ts';
import { after, event } from '#domain/profile/folded.example.ts';
import type { Consent } from '#domain/profile/profile.ts';
import { confirmation, confirmed, CONSENT_REQUESTED, grantOf } from './double-opt-in.ts';

const SAID = { granted: true, source: 'footer', text: 'Yes, news', textVersion: '3' };
const ask = (at: number) =>
  event(CONSENT_REQUESTED, at, {}, { consents: { email: grantOf(SAID, undefined, true).consent } });
const grant = (at: number, more: object = {}) =>
  event('Consent Granted', at, {}, { consents: { email: { ...SAID, ...more } } });
const refuse = (at: number) =>
  event('Consent Withdrawn', at, {}, { consents: { email: { granted: false, source: 'call' } } });

describe('a consent that is to be confirmed', () => {
  it('counts as none until then, and keeps both instants and the words after it', () => {
    const waiting = after(ask(5)).consents.email;
    expect(waiting).toMatchObject({ granted: false, pending: true, at: 5 });
    const said = confirmation(waiting);
    expect(said).toEqual({ ...SAID, requestedAt: 5 });
    const { consents } = after(ask(5), grant(9, { requestedAt: 5 }));
    expect(consents.email).toEqual({ ...SAID, at: 9, requestedAt: 5 });
    expect(confirmation(consents.email)).toBeNull();
    expect(confirmation(undefined)).toBeNull();
  });

  it('does not take back one that was given before, and gives way to a refusal after it', () => {
    expect(after(grant(1), ask(5)).consents.email).toMatchObject({ granted: true, at: 1 });
    const refused = after(ask(5), refuse(6)).consents.email;
    expect(refused).toMatchObject({ granted: false, at: 6 });
    expect(confirmation(refused)).toBeNull();
  });

  it('is asked for only where the channel wants it and nothing was agreed to', () => {
    const given: Consent = { ...SAID, at: 1 };
    const asked = { name: CONSENT_REQUESTED, consent: { ...SAID, granted: false, pending: true } };
    const granted = { name: 'Consent Granted', consent: SAID };
    expect(grantOf(SAID, undefined, true)).toEqual(asked);
    expect(grantOf(SAID, given, true)).toEqual(granted);
    expect(grantOf(SAID, undefined, false)).toEqual(granted);
    expect(grantOf(SAID, { ...given, source: 'tracking' }, true)).toEqual(asked);
  });

  it('is not given by what a site puts on every call', () => {
    const stamped = (at: number) =>
      event('Looked', at, {}, { consents: { email: { granted: true, source: 'tracking' } } });
    for (const events of [
      [stamped(4), ask(5), stamped(6)],
      [ask(5), stamped(6)],
    ]) {
      expect(after(...events).consents.email).toMatchObject({ pending: true, at: 5 });
    }
    const stamp: Consent = { granted: true, at: 1, source: 'tracking' };
    expect(confirmed(stamp, true)).toBeNull();
    expect(confirmed(stamp, false)).toBe(stamp);
    expect(confirmed({ ...stamp, source: 'footer' }, true)).not.toBeNull();
    expect(confirmed({ ...stamp, granted: false }, true)).not.toBeNull();
  });

  it('of two people who are one gives way to what either has said for good', () => {
    const waiting: Consent = { granted: false, pending: true, at: 5, source: 'footer' };
    const given: Consent = { granted: true, at: 1, source: 'shop' };
    expect(joinConsents({ email: waiting }, { email: given }).email).toEqual(given);
    expect(joinConsents({ email: given }, { email: waiting }).email).toEqual(given);
  });
});
