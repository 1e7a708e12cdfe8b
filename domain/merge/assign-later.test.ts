import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { assignLater, type Assigned, type MergeRecord } from './assign-later.ts';

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
  carried: [
    {
      ...{ id: 'later', merged: 'v', eventId: 'e1', orders: [], unproven: false },
      snapshot: newProfile('v', 0, 0),
      identities: [{ _id: 'anonymous:v' }, { _id: 'external:9', externalOf: 'v' }],
    },
  ],
};

type Later = Partial<Pick<StoredEvent, 'by' | 'properties' | 'moved'>>;

function sides(...later: Later[]): string[] {
  return [...assigned(...later).events.values()];
}

function assigned(...later: Later[]): Assigned {
  const events = later.map(({ properties = {}, ...rest }, index): StoredEvent => {
    const place = { profileId: 'k', partition: 0, kind: 'track', place: 0 } as const;
    const when = { occurredAt: index, receivedAt: index, name: 'N', source: 'server' } as const;
    const id = `e${String(index)}`;
    return { _id: id, ...place, ...when, properties, state: 'applied', ...rest };
  });
  const messages = new Map([
    ['r/s/0/0', 'm'],
    ['v/s/0/0', 'later'],
  ]);
  return assignLater(merge, events, messages);
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

  it('that merged a third profile takes all of it along', () => {
    const login = { by: ['anonymous:b', 'anonymous:v'] };
    const receipt = { properties: { message_id: 'v/s/0/0' } };
    const before = { by: ['anonymous:v'], moved: ['later'] };
    const { events, identities, own, carried } = assigned(
      { by: ['anonymous:a'] },
      login,
      { by: ['external:9'] },
      receipt,
      before,
    );
    expect([...events.values()]).toEqual(['kept', 'merged', 'merged', 'merged']);
    expect(Object.fromEntries(identities)).toEqual({
      'anonymous:v': 'merged',
      'external:9': 'merged',
    });
    expect([...own]).toEqual([['external:9', 'merged']]);
    expect(carried.get('later')).toEqual({
      side: 'merged',
      keptIdentities: ['anonymous:b', 'email:b@shop.example'],
    });
  });
});
