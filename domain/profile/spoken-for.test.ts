import { describe, expect, it } from '@jest/globals';
import type { EventSource, StoredEvent } from '#domain/event/event.ts';
import { mergeProfiles } from '#domain/profile/merge-profiles.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { isBrowsersOwn, noteSpokenFor } from './spoken-for.ts';

const BROWSER = 'anonymous:browser';
const MAIL = 'email:olha@shop.example';

/** Somebody of whom these things were said, each by whom and under which names. */
const said = (...calls: [EventSource, ...string[]][]): Profile =>
  calls.reduce(
    (profile, [source, ...by]) => noteSpokenFor(profile, { source, by } as StoredEvent),
    newProfile('p', 0, 0),
  );

const reads = (profile: Profile): boolean => isBrowsersOwn(profile, 'browser');

describe('what a browser may read by its own id', () => {
  it('is its visitor’s, also with an address that the visitor gave', () => {
    expect(reads(said())).toBe(true);
    expect(reads(said(['browser', BROWSER, MAIL]))).toBe(true);
    expect(reads(said(['server', BROWSER]))).toBe(true);
  });

  it('is nothing once the shop speaks of whoever has the address', () => {
    for (const source of ['server', 'admin'] as const) {
      for (const address of [MAIL, 'phone:+380671112233']) {
        expect(reads(said(['browser', BROWSER, MAIL], [source, address]))).toBe(false);
        // Servers make up an id where they have none.
        expect(reads(said([source, 'anonymous:made-up', address]))).toBe(false);
      }
    }
  });

  it('is theirs where the shop named the browser with the address, in either order', () => {
    const vouched: [EventSource, ...string[]] = ['server', BROWSER, MAIL];
    expect(reads(said(['server', MAIL], vouched))).toBe(true);
    expect(reads(said(vouched, ['server', MAIL]))).toBe(true);
    expect(isBrowsersOwn(said(vouched, ['server', MAIL]), 'another')).toBe(false);
  });

  it('goes along when two profiles become one', () => {
    const [visitor, known] = [said(['browser', BROWSER]), said(['server', MAIL])];
    expect(reads(mergeProfiles(visitor, known))).toBe(false);
    expect(reads(mergeProfiles(known, visitor))).toBe(false);
    expect(mergeProfiles(visitor, visitor).spokenFor).toBeUndefined();
  });
});
