import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import { applyEvent } from './apply-event.ts';
import { mergeProfiles } from './merge-profiles.ts';
import { newProfile } from './new-profile.ts';
import {
  partedPreferences,
  PREFERENCES_CHANGED,
  PREFERENCES_FULL,
  PREFERENCES_MAX,
  PREFERENCES_STALE,
  refusePreferences,
} from './preferences.ts';
import { PreferencesSaid } from './preferences-said.ts';
import type { Profile } from './profile.ts';

let count = 0;
function change(at: number, set: JsonObject, more: Partial<StoredEvent> = {}): StoredEvent {
  count += 1;
  return {
    _id: `e${String(count)}`,
    profileId: 'p',
    partition: 0,
    kind: 'track',
    name: PREFERENCES_CHANGED,
    occurredAt: at,
    receivedAt: at,
    place: 0,
    source: 'admin',
    properties: { set },
    state: 'accepted',
    ...more,
  };
}

function told(events: readonly StoredEvent[], id = 'p'): Profile {
  return events.reduce(
    (profile, event) => applyEvent(profile, event, null, { shopCurrency: 'USD' }).profile,
    newProfile(id, 0, 0),
  );
}

const replacing = (at: number, set: JsonObject): StoredEvent =>
  change(at, set, { properties: { set, replace: true } });

describe('preferences', () => {
  it('are set by name, removed by null, and replaced as a whole', () => {
    const some = [
      change(1, { theme: 'dark', size: 'M' }),
      change(2, { size: null, topics: ['a'] }),
    ];
    expect(told(some).preferences).toEqual({
      values: { theme: 'dark', topics: ['a'] },
      times: { theme: 1, size: 2, topics: 2 },
      revision: 2,
      at: 2,
    });
    expect(told([...some, replacing(3, { theme: 'light' })]).preferences?.values).toEqual({
      theme: 'light',
    });
  });

  it('are changed in the order of application, whatever the clocks of two processes say', () => {
    const { preferences } = told([change(9, { theme: 'dark' }), change(8, { theme: 'light' })]);
    expect(preferences).toMatchObject({ values: { theme: 'light' }, times: { theme: 9 } });
  });

  it('are told with an API key only', () => {
    for (const source of ['server', 'browser'] as const) {
      expect(told([change(1, { theme: 'dark' }, { source })])).not.toHaveProperty('preferences');
    }
  });

  it('decide language and zone before any attribute, until they are removed', () => {
    const attributes = { language: 'en', timezone: 'Europe/Kyiv' };
    const said = change(1, {}, { name: 'Identified', properties: {}, attributes });
    const wishes = change(2, { language: 'de', zone: 'Europe/Berlin' });
    expect(told([said, wishes])).toMatchObject({ language: 'de', zone: 'Europe/Berlin' });
    const gone = change(3, { language: null, zone: null });
    expect(told([said, wishes, gone])).toMatchObject({ language: 'en', zone: 'Europe/Kyiv' });
  });

  it('are refused where somebody changed them since, and where there is no room', () => {
    const profile = told([change(1, { theme: 'dark' })]);
    const at = (revision: number): StoredEvent =>
      change(2, {}, { properties: { set: { theme: 'x' }, revision } });
    expect(refusePreferences(profile, at(1))).toBeNull();
    expect(refusePreferences(profile, at(0))).toBe(PREFERENCES_STALE);
    const names = Array.from({ length: PREFERENCES_MAX }, (_, n) => [`n${String(n)}`, n]);
    const many = Object.fromEntries(names) as JsonObject;
    expect(refusePreferences(profile, change(2, many))).toBe(PREFERENCES_FULL);
    expect(refusePreferences(profile, replacing(2, many))).toBeNull();
    expect(refusePreferences(profile, change(2, { long: 'x'.repeat(16_000) }))).toBe(
      PREFERENCES_FULL,
    );
  });

  it('that were refused once change nothing however often they are folded', () => {
    const refused = change(2, { theme: 'light' }, { fault: PREFERENCES_STALE });
    expect(told([change(1, { theme: 'dark' }), refused]).preferences).toMatchObject({
      values: { theme: 'dark' },
      revision: 1,
    });
  });

  it('of two people who are one are the later word by name, under a revision nobody has read', () => {
    const one = told([change(1, { theme: 'dark', size: 'M' }), change(4, { size: null })], 'one');
    const two = told([change(2, { theme: 'light' }), change(3, { size: 'L', pet: 'cat' })], 'two');
    const { preferences } = mergeProfiles(one, two);
    expect(preferences?.values).toEqual({ theme: 'light', pet: 'cat' });
    expect(preferences?.revision).toBe(3);
    expect(mergeProfiles(two, one).preferences?.values).toEqual({ theme: 'light', pet: 'cat' });
    expect(mergeProfiles(told([]), two).preferences?.values).toEqual({
      size: 'L',
      theme: 'light',
      pet: 'cat',
    });
  });

  it('of one who was parted again are their own, under yet another revision', () => {
    const own = told([change(1, { theme: 'dark' })]);
    const standing = mergeProfiles(own, told([change(2, { theme: 'light' })], 'two'));
    const { preferences } = partedPreferences(own, standing);
    expect(preferences).toMatchObject({ values: { theme: 'dark' }, revision: 3 });
    expect(partedPreferences(told([]), standing).preferences).toMatchObject({ values: {} });
    expect(partedPreferences(told([]), told([]))).toEqual({});
  });

  it('never come back to a revision, whatever is said', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const said = fc.record({
      set: fc.dictionary(name, fc.constantFrom(1, 2, null)),
      replace: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 20 }), (all) => {
        const events = all.map((properties, at) => change(at, {}, { properties }));
        const revisions = events.map(
          (_, index) => told(events.slice(0, index + 1)).preferences?.revision,
        );
        expect(revisions).toEqual(events.map((_, index) => index + 1));
      }),
    );
  });
});

describe('what is said of preferences', () => {
  const faults = (said: unknown): string[] =>
    PreferencesSaid.safeParse(said).error?.issues.map(({ path }) => path.join('/')) ?? [];

  it('takes well-known ones in their shape and any other as it is', () => {
    const said = {
      ...{ language: 'pt_br', zone: 'Europe/Kyiv', channels: ['push'], topics: ['offers'] },
      ...{ maxPerWeek: 3, theme: 'dark', stores: { dear: ['berlin-1'] }, pet: null },
    };
    expect(PreferencesSaid.parse(said)).toEqual({ ...said, language: 'pt-BR' });
    expect(PreferencesSaid.parse({ topics: { offers: false } })).toEqual({
      topics: { offers: false },
    });
  });

  it('names every fault by its place', () => {
    expect(faults({ language: '!', zone: 'Mars', maxPerWeek: -1, channels: ['a', 'a'] })).toEqual([
      'language',
      'zone',
      'channels',
      'maxPerWeek',
    ]);
    expect(faults({ topics: 'offers' })).toEqual(['topics']);
    expect(faults({ 'a.b': 1, $x: 1, ok_1: 1 })).toEqual(['a.b', '$x']);
    expect(faults({ deep: { a: { b: { c: { d: { e: {} } } } } } })).toEqual(['deep']);
    expect(faults({ long: 'x'.repeat(16_001) })).toEqual(['']);
    expect(faults([])).toEqual(['']);
  });
});
