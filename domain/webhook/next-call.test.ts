import { describe, expect, it } from '@jest/globals';
import { MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';
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

  it('spreads those who found no place', () => {
    expect([0, 1].map((chance) => nextPlaceAt(0, chance))).toEqual([2 * SECOND_MS, 4 * SECOND_MS]);
  });
});
