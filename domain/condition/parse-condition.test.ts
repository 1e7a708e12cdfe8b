import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Condition } from '#domain/condition/condition.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';

const faultsOf = (input: unknown): [string, string][] => {
  const parsed = parseCondition(input);
  return 'ok' in parsed ? [] : parsed.faults.map((fault) => [fault.pointer, fault.detail]);
};

/** As it stands in the contract. */
const EXAMPLE = {
  all: [
    { attribute: 'country', is: 'UA' },
    { trait: 'orders_count', gte: 3 },
    {
      event: 'Order Completed',
      atLeast: 2,
      within: 'P90D',
      where: { 'properties.revenue': { gte: 50 } },
    },
    { not: { event: 'Email Opened', within: 'P30D' } },
    {
      any: [
        { segment: 'vip' },
        { stage: 'falling-asleep' },
        { consent: 'email' },
        { context: 'order.category', is: 'ringtones' },
      ],
    },
    { attribute: 'favourite_category', is: { param: 'category' } },
  ],
};

describe('parseCondition', () => {
  it('takes the example of the contract as it is', () => {
    expect(parseCondition(EXAMPLE)).toEqual({ ok: EXAMPLE });
  });

  it.each<[unknown, string, RegExp]>([
    ['vip', '#', /is an object/],
    [null, '#', /is an object/],
    [[], '#', /is an object/],
    [{}, '#', /Say what to look at/],
    [{ atribute: 'x', is: 1 }, '#/atribute', /Did you mean "attribute"\?$/],
    [{ colour: 'x', is: 1 }, '#', /Say what to look at/],
    [{ event: 'A', followedBy: 'B' }, '#/followedBy', /^Write { event: NAME }/],
    [
      { event: 'A', followedBy: { event: 'B', without: 'C' } },
      '#/followedBy/without',
      /^Write { event: NAME }/,
    ],
    [
      { event: 'A', followedBy: { evnt: 'B', event: 'B' } },
      '#/followedBy/evnt',
      /nothing that can/,
    ],
    [{ attribute: 'x', trait: 'y', is: 1 }, '#/trait', /two conditions/],
    [{ all: [] }, '#/all', /at least one/],
    [{ all: { attribute: 'x' } }, '#/all', /at least one/],
    [{ all: [{ segment: 'a' }], is: 4 }, '#/is', /cannot stand beside/],
    [{ all: [{ segment: 'a' }, { any: [{ attribute: 'x' }] }] }, '#/all/1/any/0', /how to compare/],
    [{ attribute: 'x', equals: 1 }, '#/equals', /nothing that can be said/],
    [{ attribute: 'x', is: null }, '#/is', /exists: false/],
    [{ attribute: 'x', gt: '50' }, '#/gt', /without quotes/],
    [{ attribute: 'x', between: [1] }, '#/between', /two values/],
    [{ attribute: 'x', matches: '(?=a)' }, '#/matches', /RE2/],
    [{ attribute: 'x', matches: 'a'.repeat(201) }, '#/matches', /at most 200/],
    [{ attribute: 'x', withinLast: '30 days' }, '#/withinLast', /starts with P/],
    [{ attribute: 'x', before: 'yesterday' }, '#/before', /-P30D/],
    [{ attribute: 'x', anniversary: 'P1M' }, '#/anniversary', /whole days/],
    [{ attribute: 'x', exists: 'yes' }, '#/exists', /true or false/],
    [{ event: '' }, '#/event', /empty/],
    [{ event: 'A', within: 'P2H' }, '#/within', /after a T/],
    [{ event: 'A', atLeast: -1 }, '#/atLeast', /whole number/],
    [{ event: 'A', exactly: 1, atMost: 2 }, '#/exactly', /either/],
    [{ event: 'A', atLeast: 3, atMost: 2 }, '#/atMost', /never hold/],
    [{ event: 'A', sum: 'properties.revenue' }, '#/sum', /compare it with/],
    [{ event: 'A', gte: 5 }, '#/gte', /what is compared/],
    [{ event: 'A', sum: 'properties.a', avg: 'properties.a', gt: 1 }, '#/avg', /only one/],
    [{ event: 'A', where: { revenue: { gte: 5 } } }, '#/where/revenue', /starts with/],
    [{ event: 'A', where: { 'properties.a': {} } }, '#/where/properties.a', /how to compare/],
    [{ event: 'A', where: { 'properties.a': { gte: [] } } }, '#/where/properties.a/gte', /number/],
    [{ event: 'A', followedBy: 'B' }, '#/followedBy', /./],
    [{ attribute: 'a/b', 'is/~': 1 }, '#/is~1~0', /nothing that can be said/],
  ])('says where and what is wrong with %j', (input, pointer, sentence) => {
    const faults = faultsOf(input);
    expect(faults.map(([where]) => where)).toContain(pointer);
    expect(faults.find(([where]) => where === pointer)?.[1]).toMatch(sentence);
  });

  it('names all faults at once', () => {
    expect(
      faultsOf({ all: [{ attribute: 'x' }, { event: 'A', within: 'x' }, {}] }).map(([at]) => at),
    ).toEqual(['#/all/0', '#/all/1/within', '#/all/2']);
  });

  it('bounds nesting and size', () => {
    let deep: unknown = { segment: 'vip' };
    for (let depth = 0; depth < 9; depth += 1) deep = { not: deep };
    expect(faultsOf(deep)).toEqual([]);
    expect(faultsOf({ not: deep })[0]?.[1]).toMatch(/at most 10 deep/);
    for (let depth = 0; depth < 100_000; depth += 1) deep = { not: deep };
    expect(faultsOf(deep)).toHaveLength(1);
    const wide = { any: Array.from({ length: 100_000 }, () => ({ segment: 'vip' })) };
    expect(faultsOf(wide)).toEqual([['#/any/199', 'A condition may have at most 200 parts.']]);
    expect(faultsOf({ any: wide.any.slice(0, 199) })).toEqual([]);
  });

  it('is not fooled by inherited keys', () => {
    expect(faultsOf(JSON.parse('{"__proto__":{"segment":"vip"}}'))).toHaveLength(1);
    expect(faultsOf(JSON.parse('{"attribute":"x","is":1,"__proto__":{"y":1}}'))).toHaveLength(1);
    expect(faultsOf({ constructor: 'x' })).toHaveLength(1);
  });
});

describe('Condition', () => {
  it('carries its faults into a larger definition', () => {
    const Branch = z.strictObject({ when: Condition });
    expect(Branch.safeParse({ when: EXAMPLE }).success).toBe(true);
    const parsed = Branch.safeParse({ when: { all: [{ attribute: 'x', gt: 'a' }] } });
    expect(parsed.error?.issues.map((issue) => issue.path)).toEqual([['when', 'all', 0, 'gt']]);
  });

  it('is published as JSON Schema', () => {
    for (const io of ['input', 'output'] as const) {
      const schema = JSON.stringify(z.toJSONSchema(z.strictObject({ when: Condition }), { io }));
      expect(schema).toContain('withinLast');
      expect(schema).toContain('followedBy');
    }
  });
});
