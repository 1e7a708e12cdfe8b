import { beforeEach, describe, expect, it } from '@jest/globals';
import { foldBatch } from '#domain/apply/fold-batch.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Consent, Order, Profile } from '#domain/profile/profile.ts';
import { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { Standing } from './history.ts';
import { checkpointOf, judgeProfile, unprovableAsks } from './judge-profile.ts';
import { replayHistory, type Light } from './replay-history.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const settings = { shopCurrency: 'EUR', defaultZone: 'UTC', consentWhenUnknown: {} };

function catalogue(conditions: Record<string, object>, from = 1): SegmentCatalogue {
  return new SegmentCatalogue(
    Object.entries(conditions).map(([key, written], index) => {
      const parsed = parseCondition(written);
      if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed));
      return { key, generation: from + index, condition: parsed.ok };
    }),
  );
}

const SEGMENTS = catalogue({
  buyers: { event: 'Order Completed', within: 'P30D' },
  red: { attribute: 'colour', is: 'red' },
  regulars: { trait: 'orders_count', gte: 2 },
  visitors: { event: 'Page Viewed', atLeast: 2 },
});
const light: Light = { segments: SEGMENTS, settings, now: NOW };

function event(name: string, daysAgo: number, more: Partial<StoredEvent> = {}): StoredEvent {
  const at = NOW - daysAgo * DAY_MS;
  return {
    _id: `${name} ${String(daysAgo)}`,
    ...{ profileId: 'p', partition: 0, kind: 'track', name, source: 'server', place: 0 },
    ...{ occurredAt: at, receivedAt: at, appliedAt: at, properties: {}, state: 'routed' },
    ...more,
  };
}

const EVENTS = [
  event('Identified', 50, { attributes: { colour: 'red' } }),
  event('Page Viewed', 49),
  event('Order Completed', 40, { properties: { order_id: 'o1', revenue: 30 } }),
  event('Order Completed', 10, { properties: { order_id: 'o2', revenue: 12.5 } }),
  event('Page Viewed', 9),
];

/** What the product made of these events, one after the other. */
function standingAfter(events: readonly StoredEvent[]): Standing {
  let profiles = new Map<string, Profile>();
  const orders = new Map<string, Order>();
  const none = { pastEvents: new Map(), priorRuns: [], journeys: [], segments: SEGMENTS, settings };
  for (const one of events) {
    const plan = foldBatch({
      ...{ ...none, profiles, orders, events: [one], now: one.appliedAt ?? NOW },
    });
    profiles = new Map(plan.profiles.map(({ profile }) => [profile._id, profile]));
    for (const order of plan.orders) orders.set(order._id, order);
  }
  const profile = profiles.get('p');
  if (profile === undefined) throw new Error('nothing was folded');
  return { profile, orders: [...orders.values()] };
}

function judged(
  standing: Standing,
  given = light,
  events = EVENTS,
): ReturnType<typeof judgeProfile> {
  const history = { checkpoints: new Map(), events, past: new Map() };
  const replayed = replayHistory(history, 'p', given);
  return judgeProfile(standing, { replayed, unprovable: new Set(), isFilled: true }, given);
}

let standing: Standing;
beforeEach(() => {
  standing = structuredClone(standingAfter(EVENTS));
});

describe('a profile held against its events', () => {
  it('is not wrong for lacking what was not remembered when it was written', () => {
    const agreed = { consents: { email: { granted: true, source: 'form' } } };
    const events = [event('Agreed', 60, agreed), event('Unsubscribed', 55), ...EVENTS];
    const now = standingAfter(events);
    const { grantedAt, ...before } = now.profile.consents.email ?? { granted: true };
    expect(grantedAt).toBe(NOW - 60 * DAY_MS);
    const consents = { email: before } as Profile['consents'];
    const earlier = { ...now, profile: { ...now.profile, consents } };
    for (const one of [now, earlier]) expect(judged(one, light, events).paths).toEqual([]);
    const email = { ...now.profile.consents.email, grantedAt: 1 } as Consent;
    const wrong = { ...now, profile: { ...now.profile, consents: { email } } };
    expect(judged(wrong, light, events).paths).toEqual(['consents.email']);
  });

  it('is true as it stands, and as time goes on', () => {
    expect(judged(standing)).toMatchObject({ paths: [], changes: [] });
    expect(standing.profile.segments?.map(({ key }) => key)).toEqual([
      ...['buyers', 'red', 'regulars', 'visitors'],
    ]);
  });

  it('is found untrue by each thing that is wrong, and each is named without its value', () => {
    const { profile } = standing;
    profile.segments = (profile.segments ?? []).filter(({ key }) => key !== 'red');
    profile.traits.orders_count = 7;
    profile.traits.wishlist = ['p1'];
    profile.attributes.city = 'Lviv';
    Reflect.deleteProperty(profile.segmentState?.flips ?? {}, 'buyers');
    profile.nextWatchAt = null;
    for (const kept of Object.values(profile.segmentState?.kept ?? {})) {
      if (kept.totals) kept.totals.count = 9;
    }
    for (const order of standing.orders) order.revenue = 1;
    expect(judged(standing).paths).toEqual([
      'attributes.city',
      'flips.buyers',
      'kept.Page Viewed',
      'nextWatchAt',
      'orders',
      'segments.red',
      'traits.orders_count',
      'traits.wishlist',
    ]);
  });

  it('is told what somebody was not told of, and what must be', () => {
    const { profile } = standing;
    profile.segments = [{ key: 'regulars', since: 5 }];
    const { truth, changes } = judged(standing);
    expect(changes).toEqual(
      ['buyers', 'red', 'visitors'].map((key) => ({ key, entered: true, at: NOW })),
    );
    expect(truth.profile.segments).toContainEqual({ key: 'regulars', since: 5 });
    expect(truth.profile.revision).toBe(profile.revision);
  });

  it('is untrue where a flip is due that nobody looked at', () => {
    const later = { ...light, now: NOW + 25 * DAY_MS };
    expect(judged(standing, later).paths).toEqual(['segments.buyers']);
  });

  it('is untrue where it was not looked at for a segment that everybody was looked at for', () => {
    const newer = new SegmentCatalogue([
      ...SEGMENTS.segments,
      ...catalogue({ new: { attribute: 'colour', is: 'blue' } }, 9).segments,
    ]);
    expect(judged(standing, { ...light, segments: newer }).paths).toEqual(['generation']);
  });
});

describe('a list that was removed and made again', () => {
  it('has none of those who were added to the one before', () => {
    const said = { source: 'admin', properties: { segment: 'list' } } as const;
    const added = event('Segment Member Added', 5, said);
    const made = (daysAgo: number): SegmentCatalogue =>
      new SegmentCatalogue([
        ...SEGMENTS.segments,
        { key: 'list', generation: 9, condition: null, createdAt: NOW - daysAgo * DAY_MS },
      ]);
    const membersOf = (segments: SegmentCatalogue): string[] => {
      const history = { checkpoints: new Map(), events: [...EVENTS, added], past: new Map() };
      const replayed = replayHistory(history, 'p', { ...light, segments });
      return (replayed?.profile.segments ?? []).map(({ key }) => key);
    };
    expect(membersOf(made(7))).toContain('list');
    expect(membersOf(made(3))).not.toContain('list');
  });
});

describe('events that have expired', () => {
  it('make nothing untrue once a checkpoint holds them', () => {
    const before = standingAfter(EVENTS.slice(0, 3));
    const early = { ...light, now: NOW - 20 * DAY_MS };
    const history = { checkpoints: new Map(), events: EVENTS.slice(0, 3), past: new Map() };
    const first = judgeProfile(
      before,
      { replayed: replayHistory(history, 'p', early), unprovable: new Set(), isFilled: true },
      early,
    );
    expect(first.paths).toEqual([]);
    const at = NOW - 40 * DAY_MS;
    const checkpoint = checkpointOf(first, { at, takenAt: early.now });
    const since = { events: EVENTS.slice(3), past: new Map() };
    const replayed = replayHistory(
      { ...since, checkpoints: new Map([['p', checkpoint]]) },
      'p',
      light,
    );
    const evidence = { replayed, unprovable: new Set<string>(), isFilled: true };
    expect(judgeProfile(standing, evidence, light).paths).toEqual([]);
  });

  it('leave a profile to be held against itself: its memberships, flips and totals of orders', () => {
    const evidence = { replayed: null, unprovable: new Set<string>(), isFilled: true };
    expect(judgeProfile(standing, evidence, light).paths).toEqual([]);
    standing.profile.traits.orders_count = 7;
    standing.profile.segments = [];
    expect(judgeProfile(standing, evidence, light).paths).toEqual([
      ...['segments.buyers', 'segments.red', 'segments.regulars', 'segments.visitors'],
      'traits.orders_count',
    ]);
  });

  it('cannot be counted again for a segment of after the checkpoint, unless its window is shorter', () => {
    const keptMs = (name: string): number | null =>
      name === 'Page Viewed' ? 20 * DAY_MS : name === 'Order Completed' ? 40 * DAY_MS : null;
    const idOf = (name: string): string =>
      [...SEGMENTS.asks.values()].find(({ ask }) => ask.event === name)?.id ?? '';
    const all = unprovableAsks(SEGMENTS, { generation: 0, keptMs });
    expect([...all]).toEqual([idOf('Page Viewed')]);
    expect(unprovableAsks(SEGMENTS, { generation: 4, keptMs }).size).toBe(0);
    expect(unprovableAsks(SEGMENTS, { generation: null, keptMs }).size).toBe(0);
    expect(unprovableAsks(SEGMENTS, { generation: 0, keptMs: () => DAY_MS }).size).toBe(2);
  });
});
