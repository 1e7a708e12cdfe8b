import { describe, expect, it } from '@jest/globals';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';
import { nextCallAt, nextPlaceAt } from '#domain/webhook/next-call.ts';

const after = (tries: number, chance = 0, retryAfterMs: number | null = null) =>
  nextCallAt(1_000, { tries, chance, retryAfterMs }) - 1_000;

describe('when a webhook is called again', () => {
  it('doubles from a second to five minutes, and by chance half as much more', () => {
    expect([0, 1, 2, 3].map((tries) => after(tries))).toEqual(
      [1, 2, 4, 8].map((s) => s * SECOND_MS),
    );
    expect(after(1_000_000)).toBe(5 * MINUTE_MS);
    expect(after(1, 1)).toBe(3 * SECOND_MS);
  });

  it('is never before the receiver asked for', () => {
    expect(after(0, 0, MINUTE_MS)).toBe(MINUTE_MS);
    expect(after(9, 0, SECOND_MS)).toBe(5 * MINUTE_MS);
  });
});

describe('when a place at a receiver is looked for again', () => {
  const wait = (looks: number, chance = 0, deadline = HOUR_MS): number =>
    nextPlaceAt(1_000, { looks, chance, deadline: 1_000 + deadline }) - 1_000;

  it('doubles from two seconds to a minute, and by chance as much more', () => {
    expect([0, 1, 2, 3].map((looks) => wait(looks))).toEqual(
      [2, 4, 8, 16].map((s) => s * SECOND_MS),
    );
    expect([0, 1].map((chance) => wait(1_000_000, chance))).toEqual([MINUTE_MS, 2 * MINUTE_MS]);
    expect(wait(0, 1)).toBe(4 * SECOND_MS);
  });

  it('takes no patience away of which there is some left', () => {
    expect(wait(9, 0, 10 * SECOND_MS)).toBe(5 * SECOND_MS);
    expect(wait(9, 1, 10 * SECOND_MS)).toBe(9 * SECOND_MS);
    expect(wait(0, 1, 0)).toBe(0);
  });

  it('is a few dozen times in a quarter of an hour, however many wait', () => {
    const deadline = 15 * MINUTE_MS;
    for (const chance of [0, 0.5, 1]) {
      let [at, looks] = [0, 0];
      while (deadline - at > SECOND_MS) {
        at = nextPlaceAt(at, { looks, chance, deadline });
        looks += 1;
      }
      expect(looks).toBeLessThan(36);
    }
  });
});
