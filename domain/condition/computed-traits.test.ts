import { describe, expect, it } from '@jest/globals';
import type { Condition } from '#domain/condition/condition.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { Facts } from '#domain/condition/facts.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');

const parse = (input: unknown): Condition => {
  const parsed = parseCondition(input);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.ok;
};

const factsWith = (more: Partial<Facts>): Facts => ({
  zone: 'Europe/Kyiv',
  currency: 'EUR',
  attributes: {},
  traits: {},
  consents: {},
  consentDefault: () => false,
  events: () => [],
  ...more,
});

describe('what is reckoned at the moment of asking', () => {
  it('knows the age, which changes at the start of a birthday where the customer lives', () => {
    const facts = factsWith({ attributes: { birthday: '2008-06-16' } });
    const birthday = Date.parse('2026-06-16T00:00:00+03:00');
    const adult = parse({ trait: 'age', gte: 18 });
    expect(evaluate(adult, facts, NOW)).toEqual({ holds: false, flipsAt: birthday });
    expect(evaluate(adult, facts, birthday)).toEqual({ holds: true, flipsAt: null });
    const teen = evaluate(parse({ trait: 'age', between: [13, 19] }), facts, birthday);
    expect(teen).toEqual({ holds: true, flipsAt: Date.parse('2028-06-16T00:00:00+03:00') });
    for (const attributes of [{}, { birthday: '--06-16' }, { birthday: '2030-01-01' }]) {
      expect(evaluate(adult, factsWith({ attributes }), NOW).holds).toBe(false);
    }
  });

  it('knows zone and language, however they became known', () => {
    const facts = factsWith({ language: 'uk' });
    expect(evaluate(parse({ trait: 'zone', is: 'Europe/Kyiv' }), facts, NOW).holds).toBe(true);
    expect(evaluate(parse({ trait: 'language', startsWith: 'uk' }), facts, NOW).holds).toBe(true);
    expect(evaluate(parse({ trait: 'language', exists: true }), factsWith({}), NOW).holds).toBe(
      false,
    );
  });

  it('knows in which channels somebody can be reached', () => {
    const facts = factsWith({ reachable: (channel) => channel === 'sms' });
    expect(evaluate(parse({ reachable: 'sms' }), facts, NOW).holds).toBe(true);
    expect(evaluate(parse({ reachable: 'email' }), facts, NOW).holds).toBe(false);
  });
});
