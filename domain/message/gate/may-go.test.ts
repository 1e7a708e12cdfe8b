import { describe, expect, it } from '@jest/globals';
import { NOON, NO_RULES, openFacts } from '#domain/message/gate.example.ts';
import { gateRules } from './gate-rules.ts';
import { GateSettings, JourneyGate, type Cap } from './gate-settings.ts';
import { HOLD_MAX_MS, mayGo, type TimingFacts } from './may-go.ts';
import { AWAITED_MS, type SlotAwaited, type SlotTaken } from './slots.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const sent = (id: string, at: number, changes: Partial<SlotTaken> = {}): SlotTaken => ({
  id,
  at,
  channel: 'email',
  journey: 'welcome',
  ...changes,
});

const awaited = (id: string, until: number, priority: number): SlotAwaited => ({
  id,
  until,
  priority,
  channel: 'email',
  journey: 'cart',
});

function facts(
  rules: Partial<TimingFacts['rules']>,
  taken: SlotTaken[] = [],
  changes: Partial<TimingFacts> = {},
): TimingFacts {
  const slots = { taken, awaited: [] };
  return { ...openFacts, rules: { ...NO_RULES, ...rules }, slots, ...changes };
}

const one = (per: Cap['per'], channel: Cap['channel'] = 'any', max = 1): Cap => ({
  ...{ channel, max, per },
});

describe('a cap', () => {
  it.each([
    ['day', NOON - 13 * HOUR, NOON - 11 * HOUR],
    // That noon is a Sunday's: the week began on Monday.
    ['week', NOON - 6 * DAY - 13 * HOUR, NOON - 6 * DAY],
    ['month', NOON - 22 * DAY, NOON - 20 * DAY],
  ] as const)('counts the calendar %s', (per, before, within) => {
    expect(mayGo(facts({ caps: [one(per)] }, [sent('a', before)]))).toEqual({ go: true });
    expect(mayGo(facts({ caps: [one(per)] }, [sent('a', within)]))).toMatchObject({
      skip: { reason: 'cap', details: { max: 1, per } },
    });
  });

  it('counts the days of the person’s own calendar, and says when there is room again', () => {
    const late = sent('a', NOON - 13 * HOUR);
    const rules = { caps: [one('day')] };
    expect(mayGo(facts(rules, [late], { zone: 'UTC' }))).toEqual({ go: true });
    expect(mayGo(facts(rules, [late], { zone: 'Asia/Tokyo' }))).toHaveProperty('skip');
    const early = sent('a', NOON - 6 * HOUR);
    expect(mayGo(facts(rules, [early], { zone: 'America/New_York' }))).toMatchObject({
      skip: { details: { freeAt: '2026-11-23T05:00:00.000Z' } },
    });
  });

  it('of one channel counts that one, of a journey its own messages', () => {
    const sms = sent('a', NOON - HOUR, { channel: 'sms', journey: 'cart' });
    expect(mayGo(facts({ caps: [one('day', 'email')] }, [sms]))).toEqual({ go: true });
    expect(mayGo(facts({ journeyCaps: [one('day')] }, [sms]))).toEqual({ go: true });
    const own = { ...sms, journey: 'welcome' };
    expect(mayGo(facts({ journeyCaps: [one('day')] }, [own]))).toMatchObject({
      skip: { reason: 'cap', details: { journey: 'welcome' } },
    });
  });

  it('does not count the message itself, which may be tried again', () => {
    const itself = sent(openFacts.messageId, NOON - HOUR);
    expect(mayGo(facts({ caps: [one('day')], minDistanceMs: DAY }, [itself]))).toEqual({
      go: true,
    });
  });

  it('is what the person said, first of all', () => {
    const wishes = { ...openFacts.wishes, maxPerWeek: 1 };
    const both = facts({ caps: [one('week')] }, [sent('a', NOON - DAY)], { wishes });
    expect(mayGo(both)).toMatchObject({ skip: { reason: 'preference' } });
  });

  it('is counted as of the time at which a held message may go out', () => {
    const quietHours = { from: '11:00', to: '09:00', action: 'hold' } as const;
    const today = [sent('a', NOON - 11 * HOUR)];
    expect(mayGo(facts({ quietHours, caps: [one('day')] }, today))).toMatchObject({
      hold: { reason: 'quietHours', until: NOON + 21 * HOUR },
    });
    expect(mayGo(facts({ quietHours, caps: [one('month')] }, today))).toMatchObject({
      skip: { reason: 'cap' },
    });
  });
});

describe('the distance between messages', () => {
  const rules = { minDistanceMs: HOUR };

  it('holds a message until it is kept', () => {
    const before = [sent('a', NOON - DAY), sent('b', NOON - HOUR / 2, { channel: 'sms' })];
    expect(mayGo(facts(rules, before))).toMatchObject({
      hold: { reason: 'minDistance', until: NOON + HOUR / 2 },
    });
    expect(mayGo(facts(rules, [sent('a', NOON - HOUR)]))).toEqual({ go: true });
  });

  it('that ends in quiet hours holds it until these are over', () => {
    const quietHours = { from: '12:15', to: '14:00', action: 'hold' } as const;
    expect(mayGo(facts({ ...rules, quietHours }, [sent('a', NOON - HOUR / 2)]))).toMatchObject({
      hold: { reason: 'quietHours', until: NOON + 2 * HOUR },
    });
  });
});

describe('a message of higher priority that is held', () => {
  const soon = NOON + 10 * HOUR;
  const waiting = (rules: Partial<TimingFacts['rules']>, all: SlotAwaited[]): TimingFacts => ({
    ...facts(rules),
    slots: { taken: [], awaited: all },
  });

  it('gets the last slot of a cap', () => {
    const rules = { caps: [one('day')], priority: 10 };
    expect(mayGo(waiting(rules, [awaited('a', soon, 20)]))).toMatchObject({
      hold: { reason: 'priority', until: soon + AWAITED_MS },
    });
  });

  it('leaves to others what it does not need', () => {
    const rules = { caps: [one('day', 'any', 2)], priority: 10 };
    expect(mayGo(waiting(rules, [awaited('a', soon, 20)]))).toEqual({ go: true });
    const tight = { caps: [one('day')], priority: 10 };
    expect(mayGo(waiting(tight, [awaited('a', NOON + 2 * DAY, 20)]))).toEqual({ go: true });
    const mails = { caps: [one('day', 'sms')], priority: 10 };
    expect(mayGo(waiting(mails, [awaited('a', soon, 20)]))).toEqual({ go: true });
  });

  it('goes first where messages must stand apart', () => {
    const rules = { minDistanceMs: DAY, priority: 10 };
    expect(mayGo(waiting(rules, [awaited('a', soon, 20)]))).toMatchObject({
      hold: { reason: 'priority' },
    });
  });

  it('is not waited for by those that are as urgent, nor when it does not come', () => {
    const rules = { caps: [one('day')], priority: 20 };
    expect(mayGo(waiting(rules, [awaited('a', soon, 20)]))).toEqual({ go: true });
    const late = [awaited('a', NOON - AWAITED_MS, 30)];
    expect(mayGo(waiting(rules, late))).toEqual({ go: true });
  });
});

describe('a message', () => {
  it('that would be held for more than three days is not sent', () => {
    const quietHours = { from: '11:00', to: '13:00', action: 'hold' } as const;
    const since = NOON + HOUR - HOLD_MAX_MS;
    const held = facts({ quietHours }, [], { heldSince: since });
    expect(mayGo(held)).toMatchObject({ hold: { until: NOON + HOUR } });
    const longer = { ...held, heldSince: since - 1 };
    expect(mayGo(longer)).toMatchObject({
      skip: { reason: 'quietHours', details: { heldTooLong: true } },
    });
  });

  it('of a channel that quiet hours do not name goes out in them', () => {
    const quietHours = { from: '11:00', to: '13:00', action: 'hold', channels: ['sms'] } as const;
    const rules = { quietHours: { ...quietHours, channels: [...quietHours.channels] } };
    expect(mayGo(facts(rules))).toEqual({ go: true });
    expect(mayGo(facts(rules, [], { channel: 'sms' }))).toHaveProperty('hold');
  });
});

describe('the rules', () => {
  const shop = GateSettings.parse({
    quietHours: { from: '21:00', to: '09:00' },
    caps: [one('day')],
    minDistance: 'PT30M',
    holdoutPercent: 5,
  });

  it('are the shop’s, where a journey says nothing', () => {
    expect(gateRules(shop, undefined)).toEqual({
      quietHours: { from: '21:00', to: '09:00', action: 'hold' },
      caps: [one('day')],
      journeyCaps: [],
      minDistanceMs: HOUR / 2,
      holdoutPercent: 5,
      journeyHoldoutPercent: 0,
      priority: 50,
    });
  });

  it('are a journey’s own hours, and its caps and holdout beside the shop’s', () => {
    const own = JourneyGate.parse({
      ...{ priority: 80, quietHours: false, caps: [one('week', 'sms')], holdoutPercent: 10 },
    });
    expect(gateRules(shop, own)).toMatchObject({
      ...{ priority: 80, quietHours: null, caps: [one('day')], journeyCaps: [one('week', 'sms')] },
      ...{ holdoutPercent: 5, journeyHoldoutPercent: 10 },
    });
  });

  it.each([
    ['hours that are none', { quietHours: { from: '9:00', to: '21:00' } }],
    ['hours without length', { quietHours: { from: '09:00', to: '09:00' } }],
    ['a period that is none', { caps: [{ channel: 'any', max: 1, per: 'hour' }] }],
    ['more than can be counted', { caps: [{ channel: 'any', max: 201, per: 'month' }] }],
    ['a distance that no message can be held for', { minDistance: 'P4D' }],
    ['a share that is none', { holdoutPercent: 101 }],
    ['what it does not know', { cap: [] }],
  ])('refuse %s', (_, settings) => {
    expect(GateSettings.safeParse(settings).success).toBe(false);
  });
});
