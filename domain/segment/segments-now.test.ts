import { describe, expect, it } from '@jest/globals';
import type { Condition } from '#domain/condition/condition.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { SegmentCatalogue } from './catalogue.ts';
import { ASKED, definitionsFor } from './definitions-for.ts';
import { explainCondition } from './explain-condition.ts';
import { eventsToRead, factsNow, segmentsNow, type Given } from './segments-now.ts';

const NOW = Date.parse('2026-05-17T12:00:00Z');
const settings = {
  shopCurrency: 'EUR',
  defaultZone: 'Europe/Kyiv',
  consentWhenUnknown: { email: 'allow' },
} as const;

function condition(input: unknown): Condition {
  const parsed = parseCondition(input);
  if ('ok' in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.faults));
}

const RECENT = { event: 'Order Completed', atLeast: 2, within: 'P30D' };

const kept = new SegmentCatalogue([
  { key: 'recent', generation: 1, condition: condition(RECENT) },
  { key: 'quiet', generation: 2, condition: condition({ not: { segment: 'recent' } }) },
  { key: 'press', generation: 3, condition: null },
]);
const contextual = new SegmentCatalogue([
  {
    key: 'recent-here',
    generation: 4,
    condition: condition({ all: [RECENT, { context: 'page.category', is: { param: 'what' } }] }),
  },
]);
const definitions = { kept, contextual, params: new Map([['recent-here', ['what']]]) };
const [recentAsk = ''] = [...kept.asks.keys()];

/** Bought twice, of which the first falls out of the window in a day. */
const profile: Profile = {
  ...newProfile('one', 0, NOW),
  attributes: { country: 'UA' },
  consents: { sms: { granted: false, at: NOW, source: 'shop' } },
  segments: [
    { key: 'press', since: 5 },
    { key: 'recent', since: 7 },
    { key: 'gone', since: 8 },
  ],
  segmentState: {
    generation: 4,
    flips: { recent: NOW + DAY_MS },
    kept: {
      [recentAsk]: {
        single: [
          [NOW - 29 * DAY_MS, null],
          [NOW - DAY_MS, null],
        ],
      },
    },
  },
};

function given(more: Partial<Given> = {}): Given {
  return { settings, now: NOW, ...more };
}

function now(more: Partial<Given> = {}, one = profile): string[] {
  return [...segmentsNow(definitions, one, () => [], given(more))].sort();
}

describe('segmentsNow', () => {
  it('takes kept membership as it stands, without segments that were removed', () => {
    expect(now()).toEqual(['press', 'recent']);
  });

  it('is right at the very instant time changes a membership, and what follows from it', () => {
    expect(now({ now: NOW + DAY_MS })).toEqual(['press', 'quiet']);
  });

  it('evaluates contextual segments with the facts and values of the request', () => {
    const context = { page: { category: 'toys' } };
    expect(now({ context, params: { what: 'toys' } })).toContain('recent-here');
    expect(now({ context, params: { what: 'books' } })).not.toContain('recent-here');
    expect(now({ context })).not.toContain('recent-here');
  });

  it('reads no events where a kept segment counts what a contextual one asks for', () => {
    expect(eventsToRead(definitions, profile, given({ params: { what: 'toys' } })).size).toBe(0);
  });

  it('reads the events of segments that a profile was never looked at for', () => {
    const { segmentState: _, ...unseen } = profile;
    const asked = eventsToRead(definitions, unseen, given());
    const since = NOW - 30 * DAY_MS;
    expect([...asked]).toEqual([['Order Completed', { since, paths: new Set() }]]);
    expect(now({}, { ...unseen, segments: [] })).toEqual(['quiet']);
  });
});

describe('explainCondition', () => {
  function explain(input: unknown) {
    const asked = condition(input);
    const needed = definitionsFor(asked, definitions);
    const events = () => [];
    const segments = segmentsNow(needed, profile, events, given());
    const isIn = segments.has(ASKED);
    const facts = factsNow(needed, profile, { events, given: given(), segments });
    const explained = explainCondition(asked, facts, NOW);
    expect(explained.holds).toBe(isIn);
    return explained;
  }

  it('says for each part whether it holds, when that will change, and what was found', () => {
    const { holds, flipsAt, parts } = explain({
      all: [RECENT, { attribute: 'country', is: 'PL' }, { not: { segment: 'recent' } }],
    });
    expect({ holds, flipsAt }).toEqual({ holds: false, flipsAt: null });
    expect(parts.map((part) => part.holds)).toEqual([true, false, false]);
    expect(parts.map((part) => part.found)).toEqual([
      'Order Completed happened 2 times in the last 30 days; at least 2 asked for.',
      'country is "UA".',
      null,
    ]);
    expect(parts[0]?.flipsAt).toBe(NOW + DAY_MS);
    expect(parts[2]?.parts[0]?.found).toBe('Is in "recent".');
  });

  it('says what nobody knows', () => {
    const found = (input: unknown) => explain(input).found;
    expect(found({ attribute: 'city', exists: true })).toBe('city is not known.');
    expect(found({ context: 'page.category', is: 'x' })).toBe(
      'The request says nothing of page.category.',
    );
    expect(found({ consent: 'sms' })).toBe('Said no to sms.');
    expect(found({ consent: 'email' })).toBe(
      'Never said yes or no to email, which the shop takes for yes.',
    );
    expect(found({ event: 'Opened', sum: 'properties.n', gte: 3 })).toBe(
      'Opened never happened. The sum of properties.n is 0.',
    );
  });
});
