import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { MEMBER_ADDED, MEMBER_REMOVED } from '#domain/segment/segment.ts';
import { assignLater, type MergeRecord } from './assign-later.ts';
import { partProfiles } from './part-profiles.ts';

const member = (id: string): Profile => ({
  ...newProfile(id, 0, 0),
  segments: [{ key: 'list', since: 1 }],
});

const merge: MergeRecord = {
  ...{ id: 'm', kept: 'k', merged: 'o', eventId: 'e0', orders: [], carried: [] },
  ...{ keptSnapshot: member('k'), snapshot: member('o') },
  keptIdentities: ['external:1', 'email:one@shop.example'],
  identities: [{ _id: 'anonymous:b' }],
};

const SETTING = {
  settings: { shopCurrency: 'EUR', defaultZone: 'UTC', consentWhenUnknown: {} },
  segments: new SegmentCatalogue([{ key: 'list', generation: 1, condition: null }]),
};

/** Who is in the list once the merge is undone, after this was said of the one they were. */
function members(...said: (Pick<StoredEvent, 'name'> & Partial<StoredEvent>)[]): string[] {
  const later = said.map((event, index): StoredEvent => ({
    ...{ _id: `e${String(index)}`, profileId: 'k', partition: 0, kind: 'track', place: 0 },
    ...{ occurredAt: index, receivedAt: index, source: 'admin', state: 'applied' },
    ...event,
    properties: { segment: 'list', ...event.properties },
  }));
  const parted = partProfiles(merge, later, assignLater(merge, later, new Map()), SETTING);
  return [parted.kept, parted.merged]
    .filter(({ profile }) => profile.segments?.some(({ key }) => key === 'list'))
    .map(({ profile }) => profile._id);
}

const byFile = { properties: { import: 'i' } };

describe('a list, once a merge is undone', () => {
  it('has neither of two whom the file that replaced it did not name', () => {
    expect(members()).toEqual(['k', 'o']);
    expect(members({ name: MEMBER_REMOVED, ...byFile })).toEqual([]);
  });

  it('has the one that a file named since', () => {
    const back = { name: MEMBER_ADDED, by: ['email:one@shop.example'], ...byFile };
    expect(members({ name: MEMBER_REMOVED, ...byFile }, back)).toEqual(['k']);
  });

  it('has the other where somebody took off one of the two by name', () => {
    expect(members({ name: MEMBER_REMOVED, by: ['external:1'] })).toEqual(['o']);
    expect(members({ name: MEMBER_REMOVED, by: ['anonymous:b'] })).toEqual(['k']);
    expect(members({ name: MEMBER_REMOVED })).toEqual(['o']);
  });
});
