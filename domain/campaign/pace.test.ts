import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { paceOf } from '#domain/campaign/pace.ts';
import { MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';

describe('paceOf', () => {
  it('is even: one a second with sixty a minute', () => {
    const pace = paceOf(60, 0);
    expect([pace.next(0), pace.next(0), pace.next(0)]).toEqual([0, 1_000, 2_000]);
  });

  it('lets no minute have more than its rate and one second of it, whoever asks when', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.array(fc.nat({ max: 5_000 }), { maxLength: 300 }),
        (perMinute, pauses) => {
          const pace = paceOf(perMinute, 0);
          let now = 0;
          const gone = pauses.map((pause) => {
            now = pace.next(now + pause);
            return now;
          });
          const most = Math.ceil(perMinute * (1 + SECOND_MS / MINUTE_MS)) + 1;
          for (const from of gone) {
            const within = gone.filter((at) => at >= from && at < from + MINUTE_MS);
            expect(within.length).toBeLessThanOrEqual(most);
          }
        },
      ),
    );
  });

  it('is the same where each place is handed out by another that goes on where the last one was', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.array(fc.nat({ max: 5_000 }), { maxLength: 300 }),
        (perMinute, pauses) => {
          const whole = paceOf(perMinute, 0);
          let freeAt: number | null = 0;
          let now = 0;
          for (const pause of pauses) {
            const one = paceOf(perMinute, freeAt ?? NaN);
            now += pause;
            const at = one.next(now);
            expect(at).toBe(whole.next(now));
            ({ freeAt } = one);
            now = at;
          }
        },
      ),
    );
  });

  it('holds nobody where there is no rate', () => {
    const pace = paceOf(undefined, 0);
    expect([pace.next(5), pace.freeAt]).toEqual([5, null]);
  });

  it('says when the next one is due without taking its place', () => {
    const pace = paceOf(60, 0);
    expect(pace.next(0)).toBe(0);
    expect([pace.free(0), pace.free(0), pace.next(0), pace.free(0)]).toEqual([
      1_000, 1_000, 1_000, 2_000,
    ]);
  });
});
