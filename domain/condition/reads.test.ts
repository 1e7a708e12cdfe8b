import { describe, expect, it } from '@jest/globals';
import type { Condition } from '#domain/condition/condition.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { reads } from '#domain/condition/reads.ts';

const parse = (input: unknown): Condition => {
  const parsed = parseCondition(input);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.ok;
};

describe('what a condition reads', () => {
  it('is each event once with its longest window and the paths read in it, and whether time matters', () => {
    expect(
      reads(
        parse({
          all: [
            { event: 'A', within: 'P30D', sum: 'properties.total', gte: 5 },
            {
              event: 'A',
              within: 'P90D',
              where: { 'context.page.path': { is: '/' } },
              followedBy: { event: 'B', where: { 'properties.code': { exists: true } } },
            },
            { not: { any: [{ event: 'C' }, { event: 'C', within: 'P1D' }] } },
            { attribute: 'country', is: 'UA' },
            { trait: 'last_order_at', before: '2026-01-01' },
            { consent: 'sms' },
          ],
        }),
      ),
    ).toEqual({
      events: [
        { name: 'A', since: 'P90D', paths: ['properties.total', 'context.page.path'] },
        { name: 'B', since: 'P90D', paths: ['properties.code'] },
        { name: 'C', since: null, paths: [] },
      ],
      attributes: ['country'],
      traits: ['last_order_at'],
      preferences: false,
      consents: true,
      segments: false,
      reach: false,
      stage: false,
      time: true,
      zone: true,
    });
    expect(reads(parse({ attribute: 'x', gte: 5, is: 'y' })).zone).toBe(false);
    expect(reads(parse({ attribute: 'x', gte: '2026-01-01' })).zone).toBe(true);
    expect(reads(parse({ trait: 'age', gte: 18 }))).toMatchObject({
      attributes: ['birthday'],
      time: true,
    });
    expect(reads(parse({ attribute: 'x', before: '2026-01-01' })).time).toBe(false);
    expect(reads(parse({ attribute: 'x', before: '-P3D' })).time).toBe(true);
  });
});
