import { describe, expect, it } from '@jest/globals';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { NO_SEGMENTS, SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';
import { foldBatch, foldDue } from './fold-batch.ts';
import type { LiveJourney } from './live-journey.ts';
import { pastEvent } from './past-event.ts';
import type { FoldInput, Plan } from './plan.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const settings = { shopCurrency: 'EUR', defaultZone: 'UTC', consentWhenUnknown: {} };

function live(entry: object): LiveJourney {
  const steps = { leave: { end: 'done' } };
  const written = { key: 'watched', name: 'Watched', start: 'leave', steps };
  const parsed = parseJourney({ ...written, entry });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const { journey: definition } = parsed;
  const publishedAt = NOW - 90 * DAY_MS;
  return { key: definition.key, version: 1, status: 'live', publishedAt, definition };
}

function segments(condition: object, generation = 1): SegmentCatalogue {
  const parsed = parseCondition(condition);
  if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
  return new SegmentCatalogue([{ key: 'lapsed', generation, condition: parsed.ok }]);
}

function event(name: string, at: number, more: Partial<StoredEvent> = {}): StoredEvent {
  return {
    ...{ _id: `${name} ${String(at)}`, profileId: 'p', partition: 0, kind: 'track', name },
    ...{ occurredAt: at, receivedAt: at, place: 0, source: 'server', properties: {} },
    state: 'accepted',
    ...more,
  };
}

function input(now: number, more: Partial<FoldInput>): FoldInput {
  const none = { events: [], profiles: new Map(), orders: new Map(), pastEvents: new Map() };
  return { ...none, priorRuns: [], journeys: [], segments: NO_SEGMENTS, settings, now, ...more };
}

function after(plan: Plan): Profile {
  const found = plan.profiles.find(({ profile }) => profile._id === 'p')?.profile;
  if (found === undefined) throw new Error('not in the plan');
  return found;
}

/** One event after the other, as they came. */
function lived(
  events: readonly StoredEvent[],
  more: Partial<FoldInput>,
  begun: Profile = newProfile('p', 0, NOW - 100 * DAY_MS),
): { plan: Plan; profile: Profile } {
  let profile = begun;
  let plan: Plan | null = null;
  for (const one of events) {
    const profiles = new Map([['p', profile]]);
    plan = foldBatch(input(one.receivedAt, { ...more, profiles, events: [one] }));
    profile = after(plan);
  }
  if (plan === null) throw new Error('nothing happened');
  return { plan, profile };
}

describe('a journey for those of whom something becomes true', () => {
  it('takes a customer whom time alone brings into a segment it names', () => {
    const given = {
      journeys: [
        live({ becomes: { all: [{ segment: 'lapsed' }, { trait: 'orders_count', gte: 1 }] } }),
      ],
      segments: segments({ not: { event: 'Order Completed', within: 'P60D' } }),
    };
    const at = NOW - 60 * DAY_MS;
    const order = event('Order Completed', at, { properties: { order_id: '1' } });
    const { plan, profile } = lived([order], given);
    expect([plan.runs, profile.nextWatchAt]).toEqual([[], NOW]);
    const profiles = new Map([['p', profile]]);
    const due = foldDue(input(NOW, { ...given, profiles }), ['p']);
    expect(due.told.map(({ name }) => name)).toEqual(['Segment Entered']);
    expect(due.runs).toMatchObject([{ journey: 'watched', entry: { kind: 'becomes' } }]);
  });

  it('takes nobody whom another definition of a segment brings into it, then or later', () => {
    const journeys = [live({ becomes: { any: [{ segment: 'lapsed' }, { consent: 'sms' }] } })];
    const before = { journeys, segments: segments({ attribute: 'city', is: 'Lviv' }) };
    const inKyiv = event('Identified', NOW - DAY_MS, { attributes: { city: 'Kyiv' } });
    const { profile: begun } = lived([inKyiv], before);
    expect(begun.watches.watched?.held).toBe(false);
    const given = { journeys, segments: segments({ attribute: 'city', is: 'Kyiv' }, 2) };
    const profiles = new Map([['p', begun]]);
    const due = foldDue(input(NOW, { ...given, profiles }), ['p']);
    const seen = after(due);
    expect(seen.segments).toMatchObject([{ key: 'lapsed' }]);
    const consents = { sms: { granted: true, source: 'form' } };
    // What reads a consent is looked at again now, and held before.
    const said = event('Consent Said', NOW + HOUR_MS, { consents });
    for (const standing of [begun, seen]) {
      const { plan, profile } = lived([said], given, standing);
      expect([due.runs, due.told, plan.runs, plan.told]).toEqual([[], [], [], []]);
      expect(profile.watches.watched?.held).toBe(true);
    }
    const back = event('Identified', NOW + HOUR_MS, { attributes: { city: 'Lviv' } });
    const { profile: left } = lived([back], given, seen);
    const again = { ...back, _id: 'again', attributes: { city: 'Kyiv' } };
    expect(lived([again], given, left).plan.runs).toHaveLength(1);
  });

  it('takes nobody by another definition at an instant it waited for, but by time it does', () => {
    const once = { event: 'Visited', within: 'P1D', exactly: 1 };
    const journeys = [live({ becomes: { any: [{ segment: 'lapsed' }, once] } })];
    const before = { journeys, segments: segments({ attribute: 'city', is: 'Lviv' }) };
    const first = event('Visited', NOW - DAY_MS, { attributes: { city: 'Kyiv' } });
    const second = event('Visited', NOW - DAY_MS + HOUR_MS);
    const past = (...seen: StoredEvent[]): FoldInput['pastEvents'] =>
      new Map([['p', new Map([['Visited', seen.map(pastEvent)]])]]);
    const { profile: begun } = lived([first], before);
    const { profile } = lived([second], { ...before, pastEvents: past(first) }, begun);
    expect(profile.watches.watched).toMatchObject({ held: false, at: NOW });
    const pastEvents = past(first, second);
    const runsAt = (now: number, given: Partial<FoldInput>): unknown[] => {
      const profiles = new Map([['p', profile]]);
      return foldDue(input(now, { ...given, profiles, pastEvents }), ['p']).runs;
    };
    const anew = { journeys, segments: segments({ attribute: 'city', is: 'Kyiv' }, 2) };
    // One visit is left within the day; an hour later there is none.
    expect(runsAt(NOW, before)).toHaveLength(1);
    expect(runsAt(NOW, anew)).toHaveLength(1);
    expect(runsAt(NOW + HOUR_MS, before)).toEqual([]);
    expect(runsAt(NOW + HOUR_MS, anew)).toEqual([]);
  });

  it('looks again when an attribute changes that is named by a path', () => {
    const given = { journeys: [live({ becomes: { attribute: 'address.city', is: 'Lviv' } })] };
    const said = (city: string, at: number): StoredEvent =>
      event('Identified', at, { attributes: { address: { city } } });
    const { plan } = lived([said('Kyiv', NOW - HOUR_MS), said('Lviv', NOW)], given);
    expect(plan.runs).toHaveLength(1);
  });

  it('looks again when the customer turns out to live elsewhere', () => {
    const given = { journeys: [live({ becomes: { attribute: 'birthday', anniversary: true } })] };
    const born = event('Identified', NOW - DAY_MS, { attributes: { birthday: '1990-11-24' } });
    const home = event('Page Viewed', NOW, { context: { timezone: 'Pacific/Auckland' } });
    const { profile } = lived([born, home], given);
    expect(profile.watches.watched?.at).toBe(Date.parse('2026-11-24T00:00:00+13:00'));
  });
});

describe('a journey entered by a date', () => {
  const given = {
    journeys: [live({ date: { attribute: 'birthday', offset: '-P3D', at: '10:00' } })],
  };
  const attributes = { birthday: '1990-11-26', timezone: 'Europe/Kyiv' };
  const identified = event('Identified', NOW, { kind: 'identify', attributes });

  it("fires at the local time in the customer's own zone", () => {
    expect(lived([identified], given).profile.nextWatchAt).toBe(Date.UTC(2026, 10, 23, 8));
  });

  it('fires what an outage missed within a day, and drops what is older', () => {
    const { profile } = lived([identified], given);
    const at = profile.nextWatchAt ?? 0;
    const dueAt = (now: number): Plan =>
      foldDue(input(now, { ...given, profiles: new Map([['p', profile]]) }), ['p']);
    expect(dueAt(at + 23 * HOUR_MS).runs).toHaveLength(1);
    expect(dueAt(at + 25 * HOUR_MS).runs).toHaveLength(0);
    expect(after(dueAt(at)).nextWatchAt).toBe(Date.UTC(2027, 10, 23, 8));
  });
});
