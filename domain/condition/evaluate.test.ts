import { describe, expect, it } from '@jest/globals';
import type { Condition } from '#domain/condition/condition.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { Facts } from '#domain/condition/facts.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { matchesWhere } from '#domain/condition/where.ts';
import type { Json } from '#domain/json.ts';
import { DAY_MS } from '#domain/time/duration.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');

const parse = (input: unknown): Condition => {
  const parsed = parseCondition(input);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.ok;
};

const factsWith = (more: Partial<Facts>, events: Record<string, FactEvent[]> = {}): Facts => ({
  zone: 'Europe/Kyiv',
  currency: 'EUR',
  attributes: {},
  traits: {},
  consents: {},
  consentDefault: (channel) => channel === 'email',
  events: (name) => events[name] ?? [],
  ...more,
});

const bought = (daysAgo: number, properties: FactEvent['properties'] = {}): FactEvent => ({
  occurredAt: NOW - daysAgo * DAY_MS,
  properties,
});

describe('a condition on an attribute', () => {
  it.each<[Json | undefined, object, boolean]>([
    ['UA', { is: 'UA' }, true],
    ['ua', { is: 'UA' }, false],
    [5, { is: '5' }, false],
    [undefined, { is: 'UA' }, false],
    [undefined, { isNot: 'UA' }, true],
    [null, { exists: true }, false],
    [null, { exists: false }, true],
    [false, { exists: true }, true],
    ['b', { in: ['a', 'b'] }, true],
    ['b', { notIn: ['a', 'b'] }, false],
    [undefined, { notIn: ['a', 'b'] }, true],
    ['ringtones and games', { contains: 'games' }, true],
    [['a', 'b'], { contains: 'b' }, true],
    [['a', 'b'], { is: 'b' }, false],
    ['+380501234567', { startsWith: '+380' }, true],
    ['a@shop.example', { matches: '@(shop|store)\\.example$' }, true],
    [12, { matches: '1' }, false],
    [25, { gt: 18, lte: 25 }, true],
    ['25', { gte: 18 }, true],
    ['25 years', { gte: 18 }, false],
    [true, { gte: 0 }, false],
    [10, { between: [10, 20] }, true],
    ['2026-06-01', { between: ['2026-05-01', '2026-06-01'] }, true],
    ['2026-06-01', { before: '2026-06-02' }, true],
    ['2026-06-01', { after: '2026-06-02' }, false],
    ['2026-06-16', { before: 'now' }, false],
    ['2026-06-14', { withinLast: 'P3D' }, true],
    [NOW / 1000 - 3600, { withinLast: 'PT2H' }, true],
    ['2026-05-01', { before: '-P30D' }, true],
    ['2026-06-10', { before: '-P30D' }, false],
    ['1990-06-15', { anniversary: true }, true],
    ['--06-15', { anniversary: true }, true],
    ['2026-06-15', { anniversary: true }, false],
    ['1990-06-18', { anniversary: 'P3D' }, true],
    ['1990-06-19', { anniversary: 'P3D' }, false],
    ['1990-06-12', { anniversary: '-P3D' }, true],
    ['1990-06-15', { anniversary: false }, false],
    ['soon', { before: 'now', after: '2020-01-01' }, false],
    [{ a: 1 }, { gt: 0 }, false],
  ])('%j %j is %p', (value, operators, holds) => {
    const facts = factsWith({ attributes: value === undefined ? {} : { x: value } });
    expect(evaluate(parse({ attribute: 'x', ...operators }), facts, NOW).holds).toBe(holds);
  });

  it('takes all operators of a leaf together', () => {
    const condition = parse({ attribute: 'x', startsWith: 'a', contains: 'z' });
    expect(evaluate(condition, factsWith({ attributes: { x: 'abc' } }), NOW).holds).toBe(false);
    expect(evaluate(condition, factsWith({ attributes: { x: 'abz' } }), NOW).holds).toBe(true);
  });

  it('finds nothing that is merely inherited', () => {
    const condition = parse({ attribute: 'constructor', exists: true });
    expect(evaluate(condition, factsWith({}), NOW).holds).toBe(false);
  });

  it('knows the day on which an anniversary begins and ends, in the customer’s own zone', () => {
    const condition = parse({ attribute: 'x', anniversary: true });
    const attributes = { x: '1990-06-17' };
    const before = evaluate(condition, factsWith({ attributes }), NOW);
    expect(before).toEqual({ holds: false, flipsAt: Date.parse('2026-06-16T21:00:00Z') });
    expect(evaluate(condition, factsWith({ attributes }), before.flipsAt ?? 0)).toEqual({
      holds: true,
      flipsAt: Date.parse('2026-06-17T21:00:00Z'),
    });
  });
});

describe('a condition on traits, consents, segments and the rest', () => {
  it('speaks of money in major units', () => {
    const condition = parse({ trait: 'total_spent', gte: 19.99 });
    expect(evaluate(condition, factsWith({ traits: { total_spent: 1999 } }), NOW).holds).toBe(true);
    const yen = factsWith({ currency: 'JPY', traits: { total_spent: 1999 } });
    expect(evaluate(parse({ trait: 'total_spent', is: 1999 }), yen, NOW).holds).toBe(true);
    const foreign = factsWith({ traits: { spent_by_currency: { KWD: 1500 } } });
    const apart = parse({ trait: 'spent_by_currency.KWD', is: 1.5 });
    expect(evaluate(apart, foreign, NOW).holds).toBe(true);
  });

  it('asks the default where nothing was said of consent', () => {
    const facts = factsWith({ consents: { push: { granted: false } } });
    expect(evaluate(parse({ consent: 'email' }), facts, NOW).holds).toBe(true);
    expect(evaluate(parse({ consent: 'sms' }), facts, NOW).holds).toBe(false);
    expect(evaluate(parse({ consent: 'push' }), facts, NOW).holds).toBe(false);
  });

  it('reads segments, stage, context and parameters from the facts', () => {
    const facts = factsWith({
      segments: new Set(['vip']),
      stage: 'active',
      context: { order: { category: 'ringtones' } },
      params: { category: 'games', days: 'P1D', many: 2 },
      attributes: { favourite: 'games' },
    });
    for (const holding of [
      { segment: 'vip' },
      { stage: 'active' },
      { context: 'order.category', is: 'ringtones' },
      { attribute: 'favourite', is: { param: 'category' } },
      { param: 'many', gte: 2 },
      { event: 'A', within: { param: 'days' }, atMost: { param: 'many' } },
    ]) {
      expect([holding, evaluate(parse(holding), facts, NOW).holds]).toEqual([holding, true]);
    }
    for (const failing of [
      { segment: 'new' },
      { stage: 'asleep' },
      { attribute: 'favourite', is: { param: 'nobody' } },
      { attribute: 'favourite', isNot: { param: 'nobody' } },
      { event: 'A', within: { param: 'nobody' }, atMost: 5 },
    ]) {
      expect([failing, evaluate(parse(failing), facts, NOW).holds]).toEqual([failing, false]);
    }
  });
});

describe('a condition on events', () => {
  const events = {
    'Order Completed': [
      bought(10, { revenue: 60 }),
      bought(80, { revenue: 50 }),
      bought(40, { revenue: 10 }),
      bought(100, { revenue: 500 }),
    ],
    'Email Opened': [bought(9.5)],
  };
  const check = (condition: unknown): ReturnType<typeof evaluate> =>
    evaluate(parse(condition), factsWith({}, events), NOW);

  it('counts those of the window that pass the filter, until the N-th latest leaves it', () => {
    const where = { 'properties.revenue': { gte: 50 } };
    expect(check({ event: 'Order Completed', atLeast: 2, within: 'P90D', where })).toEqual({
      holds: true,
      flipsAt: NOW + 10 * DAY_MS,
    });
    expect(check({ event: 'Order Completed', atLeast: 2, within: 'P90D' })).toEqual({
      holds: true,
      flipsAt: NOW + 50 * DAY_MS,
    });
    expect(check({ event: 'Order Completed', atLeast: 4, within: 'P90D' })).toEqual({
      holds: false,
      flipsAt: null,
    });
  });

  it('means at least one when nothing is said, and "never" with not', () => {
    expect(check({ event: 'Order Completed' })).toEqual({ holds: true, flipsAt: null });
    expect(check({ not: { event: 'Order Completed', within: 'P60D' } })).toEqual({
      holds: false,
      flipsAt: NOW + 50 * DAY_MS,
    });
  });

  it('knows exactly and at most', () => {
    expect(check({ event: 'Order Completed', exactly: 3, within: 'P90D' })).toEqual({
      holds: true,
      flipsAt: NOW + 10 * DAY_MS,
    });
    expect(check({ event: 'Order Completed', atMost: 1, within: 'P90D' })).toEqual({
      holds: false,
      flipsAt: NOW + 50 * DAY_MS,
    });
    expect(check({ event: 'Nothing', atMost: 0 }).holds).toBe(true);
  });

  it('adds, averages and finds extremes', () => {
    const path = 'properties.revenue';
    expect(check({ event: 'Order Completed', sum: path, gte: 120, within: 'P90D' })).toEqual({
      holds: true,
      flipsAt: NOW + 10 * DAY_MS,
    });
    expect(
      check({ event: 'Order Completed', avg: path, between: [39, 41], within: 'P90D' }).holds,
    ).toBe(true);
    expect(check({ event: 'Order Completed', max: path, gt: 400 }).holds).toBe(true);
    expect(check({ event: 'Order Completed', min: path, lt: 20, within: 'P90D' })).toEqual({
      holds: true,
      flipsAt: NOW + 50 * DAY_MS,
    });
    expect(check({ event: 'Nothing', sum: path, lte: 0 }).holds).toBe(true);
    expect(check({ event: 'Nothing', min: path, lte: 0 }).holds).toBe(false);
  });

  it('looks at the first and the last', () => {
    expect(check({ event: 'Order Completed', first: { before: '-P90D' } }).holds).toBe(true);
    expect(check({ event: 'Order Completed', last: { withinLast: 'P20D' } })).toEqual({
      holds: true,
      flipsAt: NOW + 10 * DAY_MS,
    });
    expect(check({ event: 'Nothing', last: { before: 'now' } }).holds).toBe(false);
  });

  it('finds an event followed by another', () => {
    const followedBy = { event: 'Email Opened', within: 'P1D' };
    expect(check({ event: 'Order Completed', followedBy }).holds).toBe(true);
    expect(check({ event: 'Order Completed', followedBy, atLeast: 2 }).holds).toBe(false);
    const soon = { event: 'Email Opened', within: 'PT6H' };
    expect(check({ event: 'Order Completed', followedBy: soon }).holds).toBe(false);
  });

  it('finds an event followed by another without a third between', () => {
    const happened = { A: [bought(9), bought(5)], B: [bought(7), bought(1)], C: [bought(8)] };
    const facts = factsWith({}, happened);
    const without = { event: 'C' };
    const sequence = { event: 'A', followedBy: { event: 'B', without } };
    const times = (exactly: number): boolean =>
      evaluate(parse({ ...sequence, exactly }), facts, NOW).holds;
    expect([times(1), times(2)]).toEqual([true, false]);
    const later = factsWith({}, { ...happened, C: [bought(0.5)] });
    expect(evaluate(parse({ ...sequence, exactly: 2 }), later, NOW).holds).toBe(true);
  });

  it('does not count what has not happened yet, but knows when it will have', () => {
    const facts = factsWith({}, { A: [bought(-1)] });
    expect(evaluate(parse({ event: 'A', within: 'P1D' }), facts, NOW)).toEqual({
      holds: false,
      flipsAt: NOW + DAY_MS,
    });
    expect(evaluate(parse({ event: 'A', within: 'P1D' }), facts, NOW + DAY_MS)).toEqual({
      holds: true,
      flipsAt: NOW + 2 * DAY_MS,
    });
  });
});

describe('a filter of events', () => {
  const event = { occurredAt: NOW, properties: { price: '5.50', at: '2026-06-15T10:00:00Z' } };

  it('holds all its paths against the event', () => {
    expect(matchesWhere({ 'properties.price': { gt: 0 } }, event)).toBe(true);
    expect(
      matchesWhere({ 'properties.price': { gt: 0 }, 'properties.none': { exists: true } }, event),
    ).toBe(false);
    expect(matchesWhere(undefined, event)).toBe(true);
  });

  it('counts time from the event itself', () => {
    expect(matchesWhere({ 'properties.at': { withinLast: 'PT3H' } }, event)).toBe(true);
    expect(matchesWhere({ 'properties.at': { withinLast: 'PT1H' } }, event)).toBe(false);
  });
});
