import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, type GateFacts } from './gate.ts';
import { anyFacts, NOON, NO_RULES, openFacts as open } from './gate.example.ts';

describe('decide', () => {
  it('lets a message through when nothing speaks against it', () => {
    expect(decide(open)).toEqual({ send: true });
  });

  const wishes = open.wishes;
  it.each<[string, Partial<GateFacts>]>([
    ['erased', { erased: true }],
    ['runEnded', { runEnded: true }],
    ['noAddress', { hasAddress: false }],
    ['suppressed', { suppressed: 'all' }],
    ['suppressed', { suppressed: 'marketing' }],
    ['noConsent', { consent: { granted: false } }],
    ['noConsent', { consentWhenUnknown: 'deny' }],
    ['preference', { wishes: { ...wishes, channels: ['sms'] } }],
    ['preference', { wishes: { ...wishes, topics: ['news'] } }],
    ['preference', { wishes: { ...wishes, topics: { offers: false } } }],
    ['preference', { wishes: { ...wishes, maxPerWeek: 0 } }],
    ['holdout', { rules: { ...NO_RULES, holdoutPercent: 100 } }],
    ['holdout', { rules: { ...NO_RULES, journeyHoldoutPercent: 100 } }],
    ['alreadyBought', { bought: true }],
    ['seenEnough', { seen: { times: 2, max: 2 } }],
    ['cap', { rules: { ...NO_RULES, caps: [{ channel: 'any', max: 0, per: 'day' }] } }],
    [
      'quietHours',
      { rules: { ...NO_RULES, quietHours: { from: '11:00', to: '13:00', action: 'skip' } } },
    ],
  ])('names the reason %s', (reason, changes) => {
    expect(decide({ ...open, ...changes })).toMatchObject({ suppressed: reason });
  });

  it('says until when it holds a message, and why', () => {
    const quietHours = { from: '11:00', to: '13:00', action: 'hold' } as const;
    expect(decide({ ...open, rules: { ...NO_RULES, quietHours } })).toEqual({
      hold: {
        until: NOON + 3_600_000,
        reason: 'quietHours',
        details: { from: '11:00', to: '13:00' },
      },
    });
  });

  it('names a refusal before the want of an address', () => {
    const refused = { ...open, hasAddress: false, consent: { granted: false } };
    expect(decide(refused)).toEqual({ suppressed: 'noConsent' });
  });

  it('takes a recorded consent before the setting for unknown ones', () => {
    expect(decide({ ...open, consent: { granted: true }, consentWhenUnknown: 'deny' })).toEqual({
      send: true,
    });
  });

  it('takes what is on no topic, and what nobody spoke of, as wished for', () => {
    const choosy = { ...open, wishes: { ...wishes, topics: ['news'] } };
    expect(decide({ ...choosy, topic: null })).toEqual({ send: true });
    const outspoken = { ...open, wishes: { ...wishes, topics: { news: false } } };
    expect(decide(outspoken)).toEqual({ send: true });
  });

  it('never sends to the erased, the suppressed, the unreachable, of an ended run, or twice', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { erased, runEnded, hasAddress, suppressed } = facts;
        fc.pre(erased || runEnded || suppressed === 'all' || !hasAddress);
        expect(decide(facts)).not.toHaveProperty('send');
      }),
    );
  });

  it('never sends marketing against a refusal', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const refused: GateFacts = { ...facts, kind: 'marketing', consent: { granted: false } };
        expect(decide(refused)).not.toHaveProperty('send');
      }),
    );
  });

  it('sends nothing for one more thing that speaks against it', () => {
    const against: ((facts: GateFacts) => Partial<GateFacts>)[] = [
      () => ({ erased: true }),
      () => ({ runEnded: true }),
      () => ({ hasAddress: false }),
      ({ suppressed }) => ({ suppressed: suppressed ?? 'marketing' }),
      () => ({ suppressed: 'all' }),
      () => ({ consent: { granted: false } }),
      () => ({ bought: true }),
      ({ wishes: said }) => ({ wishes: { ...said, channels: [] } }),
      ({ wishes: said }) => ({ wishes: { ...said, maxPerWeek: 0 } }),
      ({ rules }) => ({ rules: { ...rules, holdoutPercent: 100 } }),
      ({ rules }) => ({
        rules: { ...rules, caps: [...rules.caps, { channel: 'any', max: 1, per: 'week' }] },
      }),
      ({ rules, at }) => ({
        rules: { ...rules, minDistanceMs: Math.max(rules.minDistanceMs, at % 10_000_000) },
      }),
      ({ slots, at }) => ({
        slots: {
          ...slots,
          taken: [...slots.taken, { id: 'one more', at, channel: 'sms', journey: 'cart' }],
        },
      }),
    ];
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...against), (facts, more) => {
        const before = decide(facts);
        const after = decide({ ...facts, ...more(facts) });
        expect('send' in after && !('send' in before)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('lets what waits on the shop’s own pages through at night, in a full week, and right after a mail', () => {
    const rules = {
      ...NO_RULES,
      quietHours: { from: '11:00', to: '13:00', action: 'skip' },
      caps: [{ channel: 'any', max: 0, per: 'week' }],
      minDistanceMs: 1_000,
    } as const;
    const taken = [{ id: 'mail', at: NOON, channel: 'email', journey: 'cart' } as const];
    const facts: GateFacts = { ...open, channel: 'inbox', rules, slots: { taken, awaited: [] } };
    const full = { ...wishes, maxPerWeek: 0 };
    expect(decide({ ...facts, wishes: full })).toEqual({ send: true });
    expect(decide({ ...facts, erased: true })).toEqual({ suppressed: 'erased' });
    expect(decide({ ...facts, rules: { ...rules, holdoutPercent: 100 } })).toMatchObject({
      suppressed: 'holdout',
    });
    expect(decide({ ...facts, consent: { granted: false } })).toEqual({ suppressed: 'noConsent' });
  });

  it('caps and quiets what is on the shop’s own pages where they are named, and counts it for nothing else', () => {
    const cap = { channel: 'inbox', max: 1, per: 'day' } as const;
    const inbox = { ...open, channel: 'inbox' } as const;
    const taken = [{ id: 'note', at: NOON, channel: 'inbox', journey: 'cart' } as const];
    const slots = { taken, awaited: [] };
    const capped = { ...inbox, slots, rules: { ...NO_RULES, caps: [cap] } };
    expect(decide(capped)).toMatchObject({ suppressed: 'cap' });
    const quietHours = { from: '11:00', to: '13:00', action: 'skip', channels: ['inbox'] } as const;
    expect(
      decide({
        ...inbox,
        rules: { ...NO_RULES, quietHours: { ...quietHours, channels: ['inbox'] } },
      }),
    ).toMatchObject({
      suppressed: 'quietHours',
    });
    const any = { channel: 'any', max: 1, per: 'day' } as const;
    const mail = { ...open, slots, rules: { ...NO_RULES, caps: [any], minDistanceMs: 1_000 } };
    expect(decide(mail)).toEqual({ send: true });
  });

  it('holds a transactional message back for nothing but its address, its run and its person', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const transactional: GateFacts = { ...facts, kind: 'transactional' };
        const { erased, runEnded, hasAddress, suppressed } = facts;
        const speaks = erased || runEnded || suppressed === 'all' || !hasAddress;
        expect('send' in decide(transactional)).toBe(!speaks);
      }),
    );
  });
});
