import { describe, expect, it } from '@jest/globals';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { foldBatch, foldDue } from './fold-batch.ts';
import type { LiveJourney } from './live-journey.ts';
import type { FoldInput } from './plan.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const SETTINGS = { shopCurrency: 'EUR', defaultZone: 'UTC', consentWhenUnknown: {} };

function catalogue(...conditions: (object | null)[]): SegmentCatalogue {
  return new SegmentCatalogue(
    conditions.map((condition, index) => {
      if (condition === null) return { key: `s${String(index)}`, generation: index + 1, condition };
      const parsed = parseCondition(condition);
      if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed));
      return { key: `s${String(index)}`, generation: index + 1, condition: parsed.ok };
    }),
  );
}

function event(name: string, more: Partial<StoredEvent> = {}): StoredEvent {
  return {
    _id: `${name} of ${String(more.receivedAt ?? NOW)}`,
    profileId: 'p',
    partition: 0,
    kind: 'track',
    name,
    occurredAt: more.receivedAt ?? NOW,
    receivedAt: NOW,
    place: 0,
    source: 'server',
    properties: {},
    state: 'accepted',
    ...more,
  };
}

function input(segments: SegmentCatalogue, more: Partial<FoldInput>): FoldInput {
  return {
    events: [],
    profiles: new Map(),
    orders: new Map(),
    pastEvents: new Map(),
    priorRuns: [],
    journeys: [],
    segments,
    settings: SETTINGS,
    now: NOW,
    ...more,
  };
}

function profileOf(plan: { profiles: { profile: Profile }[] }): Profile {
  const [only] = plan.profiles;
  if (only === undefined) throw new Error('no profile in the plan');
  return only.profile;
}

const BOUGHT = { event: 'Order Completed', within: 'P30D' };

describe('coming into a segment', () => {
  it('is told as an event of its own, the same for the same cause', () => {
    const fold = () => foldBatch(input(catalogue(BOUGHT), { events: [event('Order Completed')] }));
    const plan = fold();
    expect(profileOf(plan).segments).toEqual([{ key: 's0', since: NOW }]);
    expect(plan.told).toEqual([
      expect.objectContaining({
        profileId: 'p',
        name: 'Segment Entered',
        source: 'kairos',
        properties: { segment: 's0' },
        state: 'accepted',
      }),
    ]);
    expect(fold().told).toEqual(plan.told);
  });

  it('begins the journeys that wait for it, and the word of anybody else does not', () => {
    const parsed = parseJourney({
      key: 'welcome-back',
      name: 'Welcome back',
      entry: { segment: { enters: 's0' } },
      start: 'leave',
      steps: { leave: { end: 'done' } },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    const journey: LiveJourney = {
      key: 'welcome-back',
      version: 1,
      status: 'live',
      publishedAt: NOW - DAY_MS,
      definition: parsed.journey,
    };
    const segments = catalogue(BOUGHT);
    const { told } = foldBatch(input(segments, { events: [event('Order Completed')] }));
    const enter = (source: StoredEvent['source']) =>
      foldBatch(
        input(segments, {
          events: told.map((one) => ({ ...one, source })),
          journeys: [journey],
        }),
      ).runs;
    expect(enter('kairos')).toMatchObject([
      { journey: 'welcome-back', entry: { kind: 'segment' } },
    ]);
    expect(enter('server')).toEqual([]);
  });

  it('ends by itself when its window closes', () => {
    const segments = catalogue(BOUGHT);
    const bought = profileOf(foldBatch(input(segments, { events: [event('Order Completed')] })));
    expect(bought.nextWatchAt).toBe(NOW + 30 * DAY_MS);
    const plan = foldDue(
      input(segments, { profiles: new Map([['p', bought]]), now: NOW + 30 * DAY_MS }),
      ['p'],
    );
    expect(profileOf(plan)).toMatchObject({ segments: [], nextWatchAt: null });
    expect(plan.told.map(({ name }) => name)).toEqual(['Segment Left']);
  });

  it('is nothing any more once the segment is removed: nobody is looked at for it again', () => {
    const bought = profileOf(
      foldBatch(input(catalogue(BOUGHT), { events: [event('Order Completed')] })),
    );
    const later = NOW + 31 * DAY_MS;
    const plan = foldDue(
      input(new SegmentCatalogue([], 2), { profiles: new Map([['p', bought]]), now: later }),
      ['p'],
    );
    expect(profileOf(plan)).toMatchObject({ segments: [], nextWatchAt: null });
    expect(plan.told).toEqual([]);
  });
});

describe('a segment that is defined', () => {
  const ordered = { trait: 'orders_count', gte: 1 };
  const order = event('Order Completed', { properties: { order_id: 'o', revenue: 5 } });
  const bought = {
    ...profileOf(foldBatch(input(catalogue(BOUGHT), { events: [order] }))),
    revision: 1,
  };
  const profiles = new Map([['p', bought]]);
  const later = (name: string): StoredEvent => event(name, { receivedAt: NOW + 1 });

  it('is told of nobody who is in it already, whatever they do before the fill comes by', () => {
    const events = [later('Product Viewed')];
    const plan = foldBatch(input(catalogue(BOUGHT, ordered), { profiles, events }));
    expect(profileOf(plan).segments?.map(({ key }) => key)).toEqual(['s0', 's1']);
    expect(plan.told).toEqual([]);
  });

  it('is told of whoever that very event brings in', () => {
    const viewed = { event: 'Product Viewed', atLeast: 1 };
    const events = [later('Product Viewed')];
    const plan = foldBatch(input(catalogue(BOUGHT, viewed), { profiles, events }));
    expect(plan.told.map(({ properties }) => properties)).toEqual([{ segment: 's1' }]);
  });

  it('does not silence what time brings of the others', () => {
    const now = NOW + 30 * DAY_MS;
    const plan = foldDue(input(catalogue(BOUGHT, ordered), { profiles, now }), ['p']);
    expect(profileOf(plan).segments?.map(({ key }) => key)).toEqual(['s1']);
    expect(plan.told.map(({ name, properties }) => [name, properties])).toEqual([
      ['Segment Left', { segment: 's0' }],
    ]);
  });
});

describe('a static segment', () => {
  it('has the members that were named by the shop, not by a browser', () => {
    const segments = catalogue(null);
    const say = (name: string, source: StoredEvent['source']) =>
      profileOf(
        foldBatch(
          input(segments, { events: [event(name, { source, properties: { segment: 's0' } })] }),
        ),
      ).segments ?? [];
    expect(say('Segment Member Added', 'admin')).toEqual([{ key: 's0', since: NOW }]);
    expect(say('Segment Member Added', 'browser')).toEqual([]);
    expect(say('Segment Member Removed', 'admin')).toEqual([]);
  });
});

describe('a merge', () => {
  it('notes which segments the one customer is in by it, those that only both fulfil included', () => {
    const segments = catalogue(
      { event: 'Order Completed', atLeast: 2 },
      { attribute: 'city', is: 'Lviv' },
      { attribute: 'city', is: 'Kyiv' },
    );
    const bought = (profileId: string, city: string): Profile => {
      const at = { receivedAt: NOW - DAY_MS };
      const order = event('Order Completed', { profileId, ...at, attributes: { city } });
      return { ...profileOf(foldBatch(input(segments, { events: [order] }))), revision: 1 };
    };
    const [p, q] = [bought('p', 'Lviv'), bought('q', 'Kyiv')];
    expect([p, q].map((one) => one.segments?.map(({ key }) => key))).toEqual([['s1'], ['s2']]);
    const events = [event('Profiles Merged', { source: 'admin', merges: ['q'] })];
    const profiles = new Map([p, q].map((one) => [one._id, one]));
    const [merge] = foldBatch(input(segments, { events, profiles })).merges;
    expect(merge?.segments).toContain('s0');
    expect(merge?.segments).toHaveLength(2);
  });
});

describe('a merge with somebody of whom nothing was applied yet', () => {
  it('leaves what was counted, on either side', () => {
    const segments = catalogue({ event: 'Order Completed', atLeast: 2 });
    const bought = foldBatch(input(segments, { events: [event('Order Completed')] }));
    const known = { ...profileOf(bought), revision: 1 };
    const said = { profileId: 'p', merges: ['q'] };
    for (const [_id, events] of [
      ['p', [event('Identified', said)]],
      ['q', [event('Identified', said)]],
    ] as const) {
      const profiles = new Map([[_id, { ...known, _id }]]);
      const merged = foldBatch(input(segments, { events, profiles }));
      const one = merged.profiles.find(({ profile }) => profile.mergedInto === null)?.profile;
      const again = foldBatch(
        input(segments, {
          events: [event('Order Completed', { receivedAt: NOW + 1 })],
          profiles: new Map([['p', { ...(one ?? known), revision: 2 }]]),
        }),
      );
      expect(profileOf(again).segments).toEqual([{ key: 's0', since: NOW }]);
    }
  });
});
