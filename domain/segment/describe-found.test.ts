import { describe, expect, it } from '@jest/globals';
import type { Facts } from '#domain/condition/facts.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { describeFound } from './describe-found.ts';

const NOW = Date.parse('2026-05-17T12:00:00Z');

function facts(days: Record<string, number[]>, attributes: Facts['attributes'] = {}): Facts {
  return {
    ...{ zone: 'UTC', currency: 'EUR', attributes, traits: {}, consents: {} },
    consentDefault: () => false,
    events: (name) =>
      (days[name] ?? []).map((ago) => ({ occurredAt: NOW - ago * DAY_MS, properties: {} })),
  };
}

const found = (leaf: EventLeaf, days: Record<string, number[]>): string =>
  describeFound(leaf, facts(days), NOW);

describe('What was found', () => {
  const viewed: EventLeaf = {
    ...{ event: 'Viewed', within: 'P30D' },
    followedBy: { event: 'Bought', within: 'P1D', without: { event: 'Left' } },
  };

  it('of what never happened is a sentence', () => {
    expect(found({ event: 'Bought', within: 'P30D' }, {})).toBe(
      'Bought never happened in the last 30 days; at least 1 asked for.',
    );
    expect(found({ event: 'Bought' }, { Bought: [1] })).toBe(
      'Bought happened once; at least 1 asked for.',
    );
  });

  it('of a broken sequence says which part of it broke', () => {
    const told =
      'Viewed followed by Bought within 1 day without Left between never happened in the last 30 days; at least 1 asked for.';
    const broken = (days: Record<string, number[]>): string => {
      const words = found(viewed, days);
      expect(words.slice(0, told.length)).toBe(told);
      return words.slice(told.length);
    };
    expect(broken({ Bought: [1] })).toBe(' Viewed is what is missing.');
    expect(broken({ Viewed: [40], Bought: [39.5] })).toBe(' Viewed is what is missing.');
    expect(broken({ Viewed: [3], Bought: [4] })).toBe(
      ' Viewed happened; Bought after it is missing.',
    );
    expect(broken({ Viewed: [9], Bought: [3] })).toBe(' Bought followed, but too late.');
    expect(broken({ Viewed: [3], Left: [2.8], Bought: [2.5] })).toBe(
      ' Bought followed, but Left came between.',
    );
    expect(found(viewed, { Viewed: [3], Bought: [2.5] })).toContain(' happened once in the last');
    // Nothing is missing where it is not to happen.
    for (const count of [{ exactly: 0 }, { atMost: 2 }]) {
      expect(found({ ...viewed, ...count }, {})).not.toContain('missing');
    }
  });

  it('of a date that is none says so', () => {
    const joined = (value: string) =>
      describeFound({ attribute: 'joined', after: '-P30D' }, facts({}, { joined: value }), NOW);
    expect(joined('03/04/2026')).toBe(
      'joined is "03/04/2026", which is no date: write it as 2026-05-17.',
    );
    expect(joined('2026-04-03')).toBe('joined is "2026-04-03".');
    const plain = describeFound({ attribute: 'plan', is: 'gold' }, facts({}, { plan: 'x' }), NOW);
    expect(plain).toBe('plan is "x".');
  });
});
