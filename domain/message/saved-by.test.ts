import { describe, expect, it } from '@jest/globals';
import type { GateFacts } from '#domain/message/gate.ts';
import { openFacts } from '#domain/message/gate.example.ts';
import { gateRules, wishesIn } from '#domain/message/gate/gate-rules.ts';
import { NO_GATE_SETTINGS } from '#domain/message/gate/gate-settings.ts';
import type { CarriedChannel } from '#domain/message/message.ts';
import { savedBy, type Spared } from '#domain/message/saved-by.ts';

const free = { 'in-app': 0, inbox: 0, widget: 0 };
const costs = { email: 1_000, sms: 50_000, push: 0, 'web-push': 0, viber: 20_000, ...free };

const spared = (
  channel: CarriedChannel,
  facts: Partial<GateFacts> = {},
  hasContent = true,
): Spared => ({
  ...{ channel, hasContent },
  facts: { ...openFacts, channel, ...facts },
});
const silent = { consent: null, consentWhenUnknown: 'deny' } as const;

describe('what a cascade saved', () => {
  it('is the price of the channels that were not needed', () => {
    const saved = savedBy([spared('email'), spared('viber'), spared('sms')], costs);
    expect(saved).toEqual({ channels: ['email', 'viber', 'sms'], micros: 71_000 });
    // A receipt needs nobody's consent, and would have gone.
    expect(savedBy([spared('sms', { ...silent, kind: 'transactional' })], costs).micros).toBe(
      50_000,
    );
  });

  it.each<[string, Partial<GateFacts>]>([
    ['silence, where that is no consent', silent],
    ['a refusal', { consent: { granted: false } }],
    ['no address', { hasAddress: false }],
    ['an address on the list', { suppressed: 'all' }],
    ['a wish against the channel', { wishes: wishesIn({ channels: ['email'] }) }],
    ['a wish against the topic', { wishes: wishesIn({ topics: { offers: false } }) }],
  ])('is nothing of a message that the gate had kept back: %s', (_, facts) => {
    expect(savedBy([spared('sms', facts), spared('email')], costs)).toEqual({
      channels: ['email'],
      micros: 1_000,
    });
  });

  it('is nothing of a channel in which the template says nothing', () => {
    expect(savedBy([spared('sms', {}, false)], costs)).toEqual({ channels: [], micros: 0 });
  });

  it('is the price of one that the gate had only held', () => {
    const quietHours = { from: '00:00', to: '23:59', action: 'hold' } as const;
    const rules = gateRules({ ...NO_GATE_SETTINGS, quietHours }, undefined);
    expect(savedBy([spared('sms', { rules })], costs).micros).toBe(50_000);
  });
});
