import { describe, expect, it } from '@jest/globals';
import { savedBy } from '#domain/message/saved-by.ts';
import { newProfile } from '#domain/profile/new-profile.ts';

const free = { 'in-app': 0, inbox: 0, widget: 0 };
const costs = { email: 1_000, sms: 50_000, push: 0, 'web-push': 0, viber: 20_000, ...free };
const person = {
  ...newProfile('p1', 0, 0),
  attributes: { email: 'anna@customer.example', phone: '+380501234567' },
};
const refused = { viber: { granted: false, at: 1, source: 'form' } };

describe('what a cascade saved', () => {
  it('is the price of the channels that were not needed', () => {
    const saved = savedBy(['email', 'viber', 'sms'], costs, person);
    expect(saved).toEqual({ channels: ['email', 'viber', 'sms'], micros: 71_000 });
  });

  it('is nothing of a channel that would have reached nobody', () => {
    const unwilling = { ...person, consents: refused };
    expect(savedBy(['push', 'viber', 'sms'], costs, unwilling)).toEqual({
      channels: ['sms'],
      micros: 50_000,
    });
    expect(savedBy(['email'], costs, null)).toEqual({ channels: [], micros: 0 });
  });
});
