import { describe, expect, it } from '@jest/globals';
import { HOUR_MS, MINUTE_MS } from '#domain/time/duration.ts';
import { PACE_UNUSED, takePlaces, type PaceAsk, type PaceUse } from './pace.ts';
import { SendingSettings } from './sending-settings.ts';
import { usedNow } from './used-now.ts';
import { warmUpDay } from './warm-up.ts';

/** A Monday at midnight in UTC. */
const MIDNIGHT = Date.UTC(2026, 10, 23);

const mail = (changes: Partial<PaceAsk> = {}): PaceAsk => ({
  ...{ provider: 'smtp', line: null, urgency: 'bulk', isOwed: false },
  ...changes,
});
const many = (count: number, changes: Partial<PaceAsk> = {}): PaceAsk[] =>
  Array.from({ length: count }, () => mail(changes));

const rulesOf = (settings: object) => ({ settings: SendingSettings.parse(settings), zone: 'UTC' });

function desk(settings: object) {
  let rules = rulesOf(settings);
  let use: PaceUse = PACE_UNUSED;
  return {
    counted: () => [...use.lines.keys(), ...use.warmUps.keys()],
    set: (changed: object) => {
      rules = rulesOf(changed);
    },
    ask: (asks: readonly PaceAsk[], at: number) => {
      const given = takePlaces(rules, use, asks, at);
      use = given.use;
      const went = given.answers.filter((answer) => 'go' in answer).length;
      const waits = given.answers.flatMap((answer) => ('wait' in answer ? [answer.wait] : []));
      return { went, waits };
    },
    used: (at: number) => usedNow(rules, use, at),
  };
}

describe('a warm-up plan', () => {
  const plan = { provider: 'smtp', startsOn: '2026-11-23', perDay: [48, 100] };

  it("lets a day's number go evenly until noon, and holds the rest for the next day", () => {
    const { ask } = desk({ warmUp: [plan] });
    expect(ask(many(60), MIDNIGHT).went).toBe(1);
    expect(ask(many(60), MIDNIGHT + 6 * HOUR_MS).went).toBe(24);
    const noon = ask(many(60), MIDNIGHT + 12 * HOUR_MS);
    expect(noon.went).toBe(23);
    const held = noon.waits.map(({ until }) => until);
    expect(Math.min(...held)).toBeGreaterThanOrEqual(MIDNIGHT + 24 * HOUR_MS);
    expect(Math.max(...held)).toBeLessThan(MIDNIGHT + 36 * HOUR_MS);
    // No hour of the next morning has more than its part of them, and a little.
    for (let hour = 24; hour < 36; hour += 1) {
      const from = MIDNIGHT + hour * HOUR_MS;
      const within = held.filter((until) => until >= from && until < from + HOUR_MS);
      expect(within.length).toBeLessThanOrEqual(Math.ceil(held.length / 12) + 2);
    }
    expect(noon.waits[0]).toMatchObject({
      reason: 'warmUp',
      details: { provider: 'smtp', day: '2026-11-23', number: 48 },
    });
  });

  it('counts what somebody is owed, and does not hold it', () => {
    const { ask, used } = desk({ warmUp: [plan] });
    const afternoon = MIDNIGHT + 15 * HOUR_MS;
    const owed = many(60, { urgency: 'transactional', isOwed: true });
    expect(ask(owed, afternoon).went).toBe(60);
    expect(ask(many(1), afternoon).went).toBe(0);
    expect(used(afternoon).warmUp).toEqual([
      { provider: 'smtp', day: '2026-11-23', sent: 60, free: 48, number: 48, held: 1 },
    ]);
    expect(ask(many(1, { provider: 'sendgrid' }), afternoon).went).toBe(1);
  });

  it('limits nothing before its first day nor after its last', () => {
    const { ask } = desk({ warmUp: [plan] });
    expect(ask(many(500), MIDNIGHT - 1).went).toBe(500);
    expect(ask(many(500), MIDNIGHT + 48 * HOUR_MS).went).toBe(500);
  });

  it('grows by its factor until a day would reach its end, by the days of its own zone', () => {
    const perDay = { first: 50, factor: 1.5, until: 200 };
    const growing = { ...plan, perDay, zone: 'America/New_York' };
    const numbers = [-1, 0, 1, 2, 3, 4].map(
      (day) => warmUpDay(growing, 'UTC', MIDNIGHT + (day * 24 + 6) * HOUR_MS)?.number ?? null,
    );
    expect(numbers).toEqual([null, 50, 75, 112, 168, null]);
    // Before their midnight it is the day before.
    expect(warmUpDay(growing, 'UTC', MIDNIGHT + HOUR_MS)).toBeNull();
  });
});

describe('a rate of a mailbox provider', () => {
  it('leaves room for what is more urgent, and holds nobody of other domains', () => {
    const settings = { domains: { 'gmail.com': { perMinute: 10 } } };
    const { ask } = desk(settings);
    const line = 'gmail.com';
    expect(ask(many(30, { line }), MIDNIGHT).went).toBe(8);
    expect(ask(many(30, { line, urgency: 'triggered' }), MIDNIGHT + 1).went).toBe(1);
    const owed = many(2, { line, urgency: 'transactional', isOwed: true });
    expect(ask(owed, MIDNIGHT + 2).went).toBe(1);
    expect(ask(many(30), MIDNIGHT + 3).went).toBe(30);
  });

  it('tells those who wait instants one after the other, as fast as it lets them go', () => {
    const { ask } = desk({ domains: { 'gmail.com': { perMinute: 75 } } });
    const { went, waits } = ask(many(180, { line: 'gmail.com' }), MIDNIGHT);
    expect(went).toBe(60);
    const told = waits.map(({ until }) => until);
    expect(told[0]).toBe(MIDNIGHT + 61_000);
    const gaps = told.slice(1).map((until, place) => until - (told[place] ?? 0));
    for (const gap of gaps) expect(Math.abs(gap - 61_000 / 60)).toBeLessThanOrEqual(1);
    expect(waits[0]?.details).toEqual({ domain: 'gmail.com', perMinute: 75, perHour: null });
  });

  it('is shown as it is used', () => {
    const { ask, used } = desk({
      domains: { 'gmail.com': { perMinute: 10 }, '*': { perHour: 100 } },
    });
    ask([...many(5, { line: 'gmail.com' }), ...many(7, { line: '*' })], MIDNIGHT);
    expect(used(MIDNIGHT + 2 * MINUTE_MS).domains).toEqual([
      { domain: 'gmail.com', minute: 0, hour: null, today: 5 },
      { domain: '*', minute: null, hour: 7, today: 7 },
    ]);
  });
});

describe('settings that are taken away', () => {
  const plan = { provider: 'smtp', startsOn: '2026-11-23', perDay: [48, 100] };
  const settings = {
    warmUp: [plan],
    domains: { 'gmail.com': { perMinute: 10, perHour: 30 }, 'yahoo.com': { perMinute: 5 } },
  };
  const afternoon = MIDNIGHT + 15 * HOUR_MS;
  const gmail = many(60, { line: 'gmail.com', urgency: 'transactional' });

  it('and come back find what was counted before: nobody gets it twice', () => {
    const { ask, set } = desk(settings);
    expect(ask(gmail, afternoon).went).toBe(10);
    // Another worker knows them a moment longer, or not yet.
    set({ domains: { 'yahoo.com': { perMinute: 5 } } });
    ask(many(1, { line: 'yahoo.com' }), afternoon + 1_000);
    set({ ...settings, domains: { 'gmail.com': { perHour: 30 } } });
    expect(ask(many(1, { line: 'gmail.com' }), afternoon + 2_000).went).toBe(1);
    set(settings);
    expect(ask(gmail, afternoon + 3_000).went).toBe(0);
    expect(ask(gmail, afternoon + MINUTE_MS + 1_000).went).toBe(10);
    expect(ask(many(60), afternoon + MINUTE_MS + 1_000).went).toBe(48 - 10 - 1 - 10);
  });

  it('are forgotten once nothing of them counts any more', () => {
    const { ask, set, counted } = desk(settings);
    ask(gmail, afternoon);
    set({ domains: { 'yahoo.com': { perMinute: 5 } } });
    const other = many(1, { line: 'yahoo.com' });
    ask(other, afternoon + 2 * HOUR_MS);
    expect(counted()).toEqual(['gmail.com', 'yahoo.com', 'smtp']);
    ask(other, MIDNIGHT + 25 * HOUR_MS);
    expect(counted()).toEqual(['yahoo.com', 'smtp']);
    ask(other, MIDNIGHT + 48 * HOUR_MS);
    expect(counted()).toEqual(['yahoo.com']);
  });
});
