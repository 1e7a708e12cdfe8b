import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  heard,
  HEALTHY,
  mayCall,
  PAUSE_FIRST_MS,
  PAUSE_MAX_MS,
  PROBE_OVER_MS,
  probing,
  unprobed,
  type Breaker,
} from './breaker.ts';

/** A call that began and ended at `now`. */
const hear = (breaker: Breaker, end: 'ok' | 'failed', now: number): Breaker =>
  heard(breaker, { end, begunAt: now }, now);

/** Five failures in a row, the last of them at `now`. */
function broken(now = 0): Breaker {
  return [1, 2, 3, 4, 5].reduce<Breaker>((breaker) => hear(breaker, 'failed', now), HEALTHY);
}

const anyStep = fc.record({
  passMs: fc.nat(2 * PAUSE_FIRST_MS),
  call: fc.constantFrom('ok', 'failed', 'none'),
} as const);

describe('a breaker', () => {
  it('opens after five failures in a row, and not after five among others', () => {
    const mixed = ['failed', 'failed', 'failed', 'failed', 'ok', 'failed'] as const;
    const after = mixed.reduce<Breaker>((breaker, call) => hear(breaker, call, 0), HEALTHY);
    expect(mayCall(after, 0)).toBe('yes');
    expect(mayCall(broken(), 0)).toBe('no');
  });

  it('lets one call through when its pause is over, and no other until that has ended', () => {
    expect(mayCall(broken(), PAUSE_FIRST_MS - 1)).toBe('no');
    expect(mayCall(broken(), PAUSE_FIRST_MS)).toBe('probe');
    const trying = probing(broken(), PAUSE_FIRST_MS);
    expect(mayCall(trying, PAUSE_FIRST_MS + 1)).toBe('no');
    expect(mayCall(trying, PAUSE_FIRST_MS + PROBE_OVER_MS)).toBe('probe');
  });

  it('lets the next one through where that call is not made after all', () => {
    const trying = probing(broken(), PAUSE_FIRST_MS);
    expect(mayCall(unprobed(trying, PAUSE_FIRST_MS), PAUSE_FIRST_MS)).toBe('probe');
    expect(unprobed(broken(), 1)).toEqual(broken());
    expect(unprobed(HEALTHY, 1)).toBe(HEALTHY);
  });

  it('closes with a good probe, and is open for twice as long after a bad one', () => {
    const trying = probing(broken(), PAUSE_FIRST_MS);
    expect(hear(trying, 'ok', PAUSE_FIRST_MS)).toMatchObject({ state: 'closed', failures: 0 });
    const again = hear(trying, 'failed', PAUSE_FIRST_MS);
    expect(mayCall(again, 3 * PAUSE_FIRST_MS - 1)).toBe('no');
    expect(mayCall(again, 3 * PAUSE_FIRST_MS)).toBe('probe');
  });

  it('hears nothing from calls that began before it opened', () => {
    expect(hear(broken(), 'ok', 1)).toEqual(broken());
    expect(hear(broken(), 'failed', 1)).toEqual(broken());
    const [opened, later] = [broken(1_000), 1_000 + PAUSE_FIRST_MS];
    const trying = probing(opened, later);
    for (const begunAt of [999, later - 1]) {
      for (const end of ['ok', 'failed'] as const) {
        expect(heard(trying, { end, begunAt }, later + 5)).toEqual(trying);
      }
    }
    const well = hear(trying, 'ok', later);
    expect(heard(well, { end: 'failed', begunAt: 999 }, later + 5)).toEqual(well);
  });

  it('never lets two through at once while it is not closed, and never waits for ever', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 100 }), (steps) => {
        let now = 0;
        let breaker = HEALTHY;
        let probeSince: number | null = null;
        for (const { passMs, call } of steps) {
          now += passMs;
          const may = mayCall(breaker, now);
          if (may === 'probe') {
            expect(probeSince === null || now - probeSince >= PROBE_OVER_MS).toBe(true);
            breaker = probing(breaker, now);
            probeSince = now;
          }
          if (call !== 'none') breaker = hear(breaker, call, now);
          if (breaker.state !== 'halfOpen') probeSince = null;
          if (breaker.state !== 'closed')
            expect(breaker.until - now).toBeLessThanOrEqual(PAUSE_MAX_MS);
        }
        expect(mayCall(breaker, now + PAUSE_MAX_MS)).not.toBe('no');
      }),
    );
  });
});
