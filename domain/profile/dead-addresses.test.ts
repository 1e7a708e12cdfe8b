import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { hasLiveAddress, joinDeadAddresses, noteDeadAddress } from './dead-addresses.ts';
import { newProfile } from './new-profile.ts';
import type { Profile } from './profile.ts';

const ann: Profile = { ...newProfile('ann', 0, 0), attributes: { email: 'Ann@shop.example' } };

function receipt(name: string, more: Partial<StoredEvent> = {}): StoredEvent {
  return {
    ...{ _id: name, profileId: 'ann', partition: 0, kind: 'track', name, place: 0 },
    ...{ occurredAt: 1, receivedAt: 1, source: 'provider', properties: {}, state: 'accepted' },
    ...more,
  };
}
const bounced = (bounce: string, source: StoredEvent['source'] = 'provider'): StoredEvent =>
  receipt('Email Bounced', { source, properties: { bounce } });

describe('an address at which nobody is reached any more', () => {
  it('is one that bounced for good or complained, until the customer has another', () => {
    expect(hasLiveAddress(ann, 'email')).toBe(true);
    for (const event of [bounced('hard'), receipt('Email Marked as Spam')]) {
      const after = noteDeadAddress(ann, event);
      expect(hasLiveAddress(after, 'email')).toBe(false);
      expect(hasLiveAddress({ ...after, attributes: { email: 'ann@b.example' } }, 'email')).toBe(
        true,
      );
      const lower = { ...after, attributes: { email: 'ann@shop.example' } };
      expect(hasLiveAddress(lower, 'email')).toBe(false);
    }
  });

  it('is none that bounced for a while, or of which a public key says so', () => {
    expect(noteDeadAddress(ann, bounced('soft'))).toBe(ann);
    expect(noteDeadAddress(ann, bounced('hard', 'browser'))).toBe(ann);
    expect(hasLiveAddress(ann, 'sms')).toBe(false);
  });

  it('stays dead when two customers turn out to be one', () => {
    const other = { ...newProfile('bea', 0, 0), deadAddresses: ['sms|+380501234567'] };
    const both = joinDeadAddresses(noteDeadAddress(ann, bounced('hard')), other);
    expect(both.deadAddresses).toEqual(['sms|+380501234567', 'email|ann@shop.example']);
    expect(joinDeadAddresses(ann, ann)).toEqual({});
  });
});
