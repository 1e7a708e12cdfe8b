import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { assignLater, type MergeRecord } from './assign-later.ts';

const merge: MergeRecord = {
  id: 'm',
  kept: 'k',
  merged: 'o',
  eventId: 'e0',
  keptSnapshot: newProfile('k', 0, 0),
  snapshot: newProfile('o', 0, 0),
  orders: [],
  keptIdentities: ['external:1', 'anonymous:a'],
  identities: [{ _id: 'anonymous:b' }, { _id: 'email:b@shop.example' }],
};

function sides(...later: { by?: string[]; properties?: StoredEvent['properties'] }[]): string[] {
  const events = later.map(({ by, properties = {} }, index): StoredEvent => {
    const place = { profileId: 'k', partition: 0, kind: 'track', place: 0 } as const;
    const when = { occurredAt: index, receivedAt: index, name: 'N', source: 'server' } as const;
    const id = `e${String(index)}`;
    return { _id: id, ...place, ...when, properties, state: 'applied', ...(by ? { by } : {}) };
  });
  return [...assignLater(merge, events, new Set(['r/s/0/0'])).events.values()];
}

describe('an event since a merge', () => {
  it('is the owner’s of the identity it came with', () => {
    expect(sides({ by: ['external:1'] }, { by: ['anonymous:b'] }, { by: ['o'] })).toEqual([
      'kept',
      'merged',
      'merged',
    ]);
  });

  it('is the customer’s where it names both', () => {
    expect(
      sides({ by: ['external:1', 'anonymous:b'] }, { by: ['anonymous:b', 'anonymous:a'] }),
    ).toEqual(['kept', 'kept']);
  });

  it('carries an identity first seen with it along', () => {
    const phone = 'phone:+380501234567';
    const found = sides({ by: ['anonymous:b', phone] }, { by: [phone] });
    expect(found).toEqual(['merged', 'merged']);
  });

  it('that is a receipt is theirs whom the message went to', () => {
    const receipt = (message_id: string) => ({ properties: { message_id } });
    expect(sides(receipt('r/s/0/0'), receipt('r/s/0/1'), {})).toEqual(['merged', 'kept', 'kept']);
  });
});
