import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Condition } from '#domain/condition/condition.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { SegmentCatalogue, type LiveSegment } from '#domain/segment/catalogue.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';
import { anyCondition } from './any-condition.example.ts';
import { foldBatch, foldDue } from './fold-batch.ts';
import { onlyAt } from '#domain/event/look-back.ts';
import type { LiveJourney } from './live-journey.ts';
import { pastEvent } from './past-event.ts';
import type { FoldInput, PastEvent, Plan } from './plan.ts';
import { factsOf } from './work.ts';

/** So that windows of months cross a change of the clocks. */
const START = Date.parse('2026-03-01T12:00:00Z');
const SETTINGS = { shopCurrency: 'EUR', defaultZone: 'Europe/Kyiv', consentWhenUnknown: {} };

/** Segments by number; each may read those before it. `after`: defined after so many events. */
const segment = fc.record({
  condition: anyCondition,
  reads: fc.option(fc.nat({ max: 3 })),
  after: fc.nat({ max: 8 }),
});
const happening = fc.record({
  name: fc.constantFrom('A', 'B', 'C'),
  n: fc.integer({ min: 0, max: 5 }),
  gapHours: fc.nat({ max: 24 * 12 }),
  lateHours: fc.oneof(fc.constant(0), fc.nat({ max: 24 * 10 })),
  day: fc.option(fc.nat({ max: 24 * 20 })),
  birthday: fc.option(fc.constantFrom('2008-03-10', '1996-02-29', '1996-04-20')),
  zone: fc.option(fc.constantFrom('Asia/Tokyo', 'America/Los_Angeles')),
  source: fc.option(fc.constantFrom('mail', 'search')),
});
type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never;

interface Defined extends LiveSegment {
  condition: Condition;
  after: number;
}

function define(drawn: { condition: unknown; reads: number | null; after: number }[]): Defined[] {
  return drawn.map(({ condition, reads, after }, index) => {
    const other = reads === null || reads >= index ? [] : [{ segment: `s${String(reads)}` }];
    const parsed = parseCondition({ any: [condition, ...other] });
    if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed));
    return { key: `s${String(index)}`, generation: 0, condition: parsed.ok, after };
  });
}

/** What time makes true and untrue by itself, at instants where something else may be untrue. */
const IN_TIME = {
  all: [
    { attribute: 'day', exists: true },
    { not: { attribute: 'day', withinLast: 'P14D' } },
    { trait: 'last_seen_at', withinLast: 'P1D' },
  ],
};
/** A journey that takes whoever comes into the first segment, or is brought by time. */
const BECOMES = watching({ becomes: { any: [{ segment: 's0' }, IN_TIME] }, reentry: 'always' });

function watching(entry: object): LiveJourney {
  const steps = { leave: { end: 'x' } };
  const frame = { key: 'watching', name: 'Watching', start: 'leave', steps };
  const parsed = parseJourney({ ...frame, entry });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const { journey: definition } = parsed;
  return { key: frame.key, version: 1, status: 'live', publishedAt: START, definition };
}

/** One customer, whose segments are kept by the fold alone. */
class Customer {
  profile: Profile | null = null;
  /** Runs of BECOMES, and how often what it asks for came true otherwise than by a definition. */
  runs = 0;
  comings = 0;
  catalogue = new SegmentCatalogue([]);
  readonly past: StoredEvent[] = [];
  readonly told: string[] = [];

  take(event: StoredEvent): void {
    const heldBefore = this.#defineSilently(event.receivedAt);
    const plan = foldBatch(this.#input(event.receivedAt, [event]));
    this.past.push(event);
    this.#save(plan, { heldBefore, at: event.receivedAt });
  }

  /** Lets time pass, looking at the profile at the instants it asks for and at no other. */
  until(at: number): void {
    for (;;) {
      const next = this.profile?.nextWatchAt ?? null;
      if (next === null || next > at) return;
      const heldBefore = this.#defineSilently(next);
      this.#save(foldDue(this.#input(next, []), ['p']), { heldBefore, at: next });
    }
  }

  #input(now: number, events: StoredEvent[]): FoldInput {
    const state = this.profile?.segmentState;
    const asked = this.catalogue.missing(state?.generation ?? 0, now);
    const byName = new Map<string, PastEvent[]>();
    // Only what was asked for is there to be read, and of it only what is asked about.
    for (const [name, { since, paths }] of asked) {
      const seen = this.past.filter((one) => one.name === name && one.occurredAt >= since);
      const read = seen.map((one) => pastEvent({ ...one, ...onlyAt(one, paths) }));
      byName.set(name, read);
    }
    return {
      events,
      profiles: new Map(this.profile === null ? [] : [['p', this.profile]]),
      orders: new Map(),
      pastEvents: new Map([['p', byName]]),
      priorRuns: [],
      journeys: [BECOMES],
      segments: this.catalogue,
      settings: SETTINGS,
      now,
    };
  }

  /**
   * Whoever is in a segment when it is defined did not come in: nobody is told, and it is noted
   * here. Answers whether what BECOMES asks for held already, if only by what is defined now.
   */
  #defineSilently(at: number): boolean {
    if (this.profile === null) return false;
    const { generation: known = 0 } = this.profile.segmentState ?? {};
    const { segments } = this.catalogue;
    if (known >= this.catalogue.generation) return this.held;
    const members = new Set(this.scanned(segments, at));
    const changed = new Set<string>();
    for (const { key, generation, readsSegments } of segments) {
      if (generation <= known && !readsSegments.some((read) => changed.has(read))) continue;
      changed.add(key);
      this.told.push(`Segment ${members.has(key) ? 'Entered' : 'Left'} ${JSON.stringify(key)}`);
    }
    const isIn = changed.has('s0') && members.has('s0');
    return this.held || (isIn && !this.asked(this.segments, at));
  }

  #save(plan: Plan, { heldBefore, at }: { heldBefore: boolean; at: number }): void {
    this.profile =
      plan.profiles.find(({ profile }) => profile._id === 'p')?.profile ?? this.profile;
    this.runs += plan.runs.length;
    for (const { name, properties } of plan.told) {
      this.told.push(`${name} ${JSON.stringify(properties.segment)}`);
    }
    const members = this.scanned(this.catalogue.segments, at);
    if (this.asked(members, at) && !heldBefore) this.comings += 1;
  }

  /** Whether what BECOMES asks for holds of a member of these segments. */
  asked(members: readonly string[], at: number): boolean {
    const { entry } = BECOMES.definition;
    if (this.profile === null || !('becomes' in entry)) return false;
    const facts = factsOf(this.profile, () => [], SETTINGS);
    return evaluate(entry.becomes, { ...facts, segments: new Set(members) }, at).holds;
  }

  /** What the journey believes of its condition. */
  get held(): boolean {
    return this.profile?.watches[BECOMES.key]?.held ?? false;
  }

  get segments(): string[] {
    return (this.profile?.segments ?? []).map(({ key }) => key);
  }

  /** The same by looking at every event there ever was. */
  scanned(segments: readonly LiveSegment[], now: number): string[] {
    const members = new Set<string>();
    if (this.profile === null) return [];
    const facts = factsOf(
      this.profile,
      (asked) => this.past.filter((one) => one.name === asked),
      SETTINGS,
    );
    for (const { key, condition } of segments) {
      if (condition === null) continue;
      if (evaluate(condition, { ...facts, segments: members }, now).holds) members.add(key);
    }
    return [...members].sort();
  }
}

function eventOf(index: number, at: number, drawn: Happening): StoredEvent {
  const day = drawn.day === null ? {} : { day: new Date(at - drawn.day * HOUR_MS).toISOString() };
  const birthday = drawn.birthday === null ? {} : { birthday: drawn.birthday };
  return {
    _id: `e${String(index)}`,
    profileId: 'p',
    partition: 0,
    kind: 'track',
    name: drawn.name,
    occurredAt: at - drawn.lateHours * HOUR_MS,
    receivedAt: at,
    place: 0,
    source: 'server',
    properties: { n: drawn.n },
    attributes: { ...day, ...birthday },
    context: {
      ...(drawn.zone !== null && { timezone: drawn.zone }),
      ...(drawn.source !== null && { campaign: { source: drawn.source } }),
    },
    state: 'accepted',
  };
}

describe('the segments a profile is in', () => {
  it('are those a scan of all its events would find, after every event and at every flip', () => {
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 4 }),
        fc.array(happening, { minLength: 1, maxLength: 12 }),
        (drawn, happenings) => {
          const segments = define(drawn);
          const customer = new Customer();
          let generation = 0;
          let now = START;
          for (const [index, one] of happenings.entries()) {
            for (const defined of segments) {
              if (defined.after === index) {
                generation += 1;
                defined.generation = generation;
              }
            }
            const live = segments.filter((defined) => defined.generation > 0);
            customer.catalogue = new SegmentCatalogue(live);
            const next = now + one.gapHours * HOUR_MS;
            for (const at of [Math.floor(now + (next - now) / 3), next]) {
              customer.until(at);
              // Segments just defined are looked at with the next event, or by the fill.
              if (customer.profile?.segmentState?.generation !== generation) continue;
              expect(customer.segments).toEqual(customer.scanned(live, at));
            }
            now = next;
            customer.take(eventOf(index, now, one));
            expect(customer.segments).toEqual(customer.scanned(live, now));
            expect(customer.held).toBe(customer.asked(customer.segments, now));
          }
          const live = segments.filter((defined) => defined.generation > 0);
          for (let at = now; at < now + 40 * DAY_MS; at += 3 * DAY_MS) {
            customer.until(at);
            expect(customer.segments).toEqual(customer.scanned(live, at));
            expect(customer.held).toBe(customer.asked(customer.segments, at));
          }
          // Definitions begin none; each coming in by an event or by time begins one.
          expect(customer.runs).toBe(customer.comings);
          expect(balance(customer.told)).toEqual(customer.segments);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** Who came in and did not go out again, by the events alone. */
function balance(told: readonly string[]): string[] {
  const members = new Set<string>();
  for (const line of told) {
    const [, what = '', quoted = '""'] = line.split(' ');
    const key = quoted.slice(1, -1);
    if (what === 'Entered') members.add(key);
    else members.delete(key);
  }
  return [...members].sort();
}
