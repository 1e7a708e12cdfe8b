import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '#domain/time/duration.ts';
import {
  givePlacesBack,
  PACE_UNUSED,
  takePlaces,
  type PaceAsk,
  type PaceRules,
  type PaceUse,
} from './pace.ts';
import { SendingSettings } from './sending-settings.ts';
import { URGENCIES, type Urgency } from './throttle.ts';

/** A Monday at midnight in UTC. */
const MIDNIGHT = Date.UTC(2026, 10, 23);

const rulesOf = (settings: object): PaceRules => ({
  settings: SendingSettings.parse(settings),
  zone: 'UTC',
});
const askOf = (urgency: Urgency, line: string | null = 'gmail.com'): PaceAsk => ({
  provider: 'smtp',
  line,
  urgency,
  isOwed: urgency === 'transactional',
});

/** The most of these instants within any such time. */
function mostWithin(instants: readonly number[], ms: number): number {
  return Math.max(
    0,
    ...instants.map((to) => instants.filter((at) => at <= to && at > to - ms).length),
  );
}

const anyUrgency = fc.constantFrom(...URGENCIES);
const anyRate = fc.record(
  { perMinute: fc.integer({ min: 1, max: 12 }), perHour: fc.integer({ min: 1, max: 40 }) },
  { requiredKeys: ['perMinute'] },
);
/** Steps of time between slices: workers' clocks differ, so some go back a little. */
const anyGap = fc.oneof(
  fc.integer({ min: -500, max: 5_000 }),
  fc.integer({ min: 0, max: 10 * MINUTE_MS }),
  // Where a window ends, a taking too early would show.
  fc.integer({ min: MINUTE_MS - 1_000, max: MINUTE_MS + 1_000 }),
  fc.integer({ min: HOUR_MS - MINUTE_MS, max: HOUR_MS + MINUTE_MS }),
);

/** Two workers that count on one document: each reads, decides, and writes if nobody wrote since. */
class Worker {
  readonly taken: number[] = [];
  readonly #rules: PaceRules;
  #read: { use: PaceUse; revision: number; asks: PaceAsk[] } | null = null;

  constructor(rules: PaceRules) {
    this.#rules = rules;
  }

  move(store: { use: PaceUse; revision: number }, asks: readonly PaceAsk[], now: number): void {
    if (this.#read === null) {
      this.#read = { ...store, asks: [...asks] };
      return;
    }
    const { use, revision, asks: asked } = this.#read;
    this.#read = null;
    if (revision !== store.revision) return;
    const { answers, use: after } = takePlaces(this.#rules, use, asked, now);
    store.use = after;
    store.revision += 1;
    for (const answer of answers) if ('go' in answer) this.taken.push(answer.go.line?.at ?? now);
  }
}

describe('places under a rate', () => {
  it('are never more than it in any minute or hour, whoever counts at the same time', () => {
    fc.assert(
      fc.property(
        anyRate,
        fc.array(fc.tuple(fc.boolean(), anyGap, fc.array(anyUrgency, { maxLength: 8 })), {
          maxLength: 60,
        }),
        (rate, moves) => {
          const rules = rulesOf({ domains: { 'gmail.com': rate } });
          const workers = [new Worker(rules), new Worker(rules)] as const;
          const store = { use: PACE_UNUSED, revision: 0 };
          let now = MIDNIGHT;
          for (const [which, gap, urgencies] of moves) {
            now += gap;
            const asks = urgencies.map((urgency) => askOf(urgency));
            workers[which ? 0 : 1].move(store, asks, now);
          }
          const taken = workers.flatMap((worker) => worker.taken);
          expect(mostWithin(taken, MINUTE_MS)).toBeLessThanOrEqual(rate.perMinute);
          expect(mostWithin(taken, HOUR_MS)).toBeLessThanOrEqual(rate.perHour ?? Infinity);
        },
      ),
    );
  });

  it('come to everybody who asks again when told, and nobody is told again and again', () => {
    fc.assert(
      fc.property(
        anyRate,
        fc.array(anyUrgency, { minLength: 1, maxLength: 60 }),
        (rate, urgencies) => {
          const rules = rulesOf({ domains: { 'gmail.com': rate } });
          let use = PACE_UNUSED;
          let waiting = urgencies.map((urgency) => ({ urgency, at: MIDNIGHT, tries: 0 }));
          let last = MIDNIGHT;
          while (waiting.length > 0) {
            last = Math.min(...waiting.map(({ at }) => at));
            const due = waiting.filter(({ at }) => at <= last);
            const asks = due.map(({ urgency }) => askOf(urgency));
            const given = takePlaces(rules, use, asks, last);
            use = given.use;
            const again = due.flatMap((one, place) => {
              const answer = given.answers[place];
              if (answer === undefined || !('wait' in answer)) return [];
              expect(answer.wait.until).toBeGreaterThan(last);
              return [{ ...one, at: answer.wait.until, tries: one.tries + 1 }];
            });
            expect(Math.max(0, ...again.map(({ tries }) => tries))).toBeLessThan(60);
            waiting = [...waiting.filter(({ at }) => at > last), ...again];
          }
          // As fast as the least urgent may use it, with room for what the urgent leave unused.
          const share = (limit: number): number => Math.max(1, Math.floor(limit * 0.8));
          const minutes = urgencies.length / share(rate.perMinute);
          const hours = urgencies.length / share(rate.perHour ?? Infinity);
          const least = Math.max(minutes * MINUTE_MS, hours * HOUR_MS);
          expect(last - MIDNIGHT).toBeLessThanOrEqual(3 * least + 2 * HOUR_MS);
        },
      ),
    );
  });

  it('go to as many of each urgency however a slice is ordered, and to the urgent first', () => {
    fc.assert(
      fc.property(
        anyRate,
        fc.array(anyUrgency, { maxLength: 30 }),
        fc.array(anyUrgency, { maxLength: 8 }),
        (rate, before, urgencies) => {
          const rules = rulesOf({ domains: { 'gmail.com': rate } });
          const asked = before.map((urgency) => askOf(urgency));
          const { use } = takePlaces(rules, PACE_UNUSED, asked, MIDNIGHT);
          const countsOf = (order: readonly Urgency[]): Record<string, number> => {
            const asks = order.map((urgency) => askOf(urgency));
            const { answers } = takePlaces(rules, use, asks, MIDNIGHT + 1_000);
            const went = order.filter((_, place) => 'go' in (answers[place] ?? {}));
            return Object.fromEntries(
              URGENCIES.map((urgency) => [urgency, went.filter((one) => one === urgency).length]),
            );
          };
          const counts = countsOf(urgencies);
          expect(countsOf([...urgencies].reverse())).toEqual(counts);
          const left = urgencies.filter((one) => one === 'transactional').length;
          const isKeptBack = (counts.transactional ?? 0) < left;
          if (isKeptBack) expect([counts.triggered, counts.bulk]).toEqual([0, 0]);
        },
      ),
    );
  });

  it('that were given back are free again, and no others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (limit, back) => {
          const rules = rulesOf({ domains: { 'gmail.com': { perMinute: limit } } });
          const asks = Array.from({ length: 30 }, () => askOf('transactional'));
          const first = takePlaces(rules, PACE_UNUSED, asks, MIDNIGHT);
          const places = first.answers.flatMap((answer) => ('go' in answer ? [answer.go] : []));
          expect(places).toHaveLength(limit);
          const use = givePlacesBack(first.use, places.slice(0, back));
          const { answers } = takePlaces(rules, use, asks, MIDNIGHT + 1);
          const went = answers.filter((answer) => 'go' in answer);
          expect(went).toHaveLength(Math.min(back, limit));
        },
      ),
    );
  });
});

describe("a warm-up plan's day", () => {
  it('has no more marketing mails than its number, and what is owed goes all the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }),
        fc.array(
          fc.tuple(
            fc.integer({ min: -500, max: 8 * HOUR_MS }),
            fc.array(anyUrgency, { maxLength: 8 }),
          ),
          { maxLength: 40 },
        ),
        (perDay, slices) => {
          const rules = rulesOf({ warmUp: [{ provider: 'smtp', startsOn: '2026-11-23', perDay }] });
          let use = PACE_UNUSED;
          let now = MIDNIGHT;
          const sent = new Map<string, number>();
          for (const [gap, urgencies] of slices) {
            now += gap;
            const asks = urgencies.map((urgency) => askOf(urgency, null));
            const given = takePlaces(rules, use, asks, now);
            use = given.use;
            for (const [place, answer] of given.answers.entries()) {
              if ('wait' in answer) {
                expect(answer.wait.until).toBeGreaterThanOrEqual(now);
                expect(asks[place]?.isOwed).toBe(false);
                continue;
              }
              const date = answer.go.warmUp?.date;
              if (date === undefined || asks[place]?.isOwed === true) continue;
              sent.set(date, (sent.get(date) ?? 0) + 1);
            }
          }
          const dates = ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26'];
          for (const [date, count] of sent) {
            expect(count).toBeLessThanOrEqual(perDay[dates.indexOf(date)] ?? 0);
          }
        },
      ),
    );
  });
});
