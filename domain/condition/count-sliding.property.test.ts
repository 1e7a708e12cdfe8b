import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countSliding, firstAfter } from '#domain/condition/count-sliding.ts';
import { within } from '#domain/condition/limits.ts';

/** Few instants close together, so that many leave the window at once. */
const instants = fc
  .array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 })
  .map((list) => list.sort((a, b) => a - b));
const limits = fc.record({
  atLeast: fc.integer({ min: 0, max: 4 }),
  atMost: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(Infinity)),
});
const ms = fc.integer({ min: 1, max: 8 });

const countedAt = (list: readonly number[], at: number, length: number): number =>
  list.filter((instant) => instant <= at && at < instant + length).length;

describe('counting in a window of fixed length', () => {
  it('answers as counting one by one at every instant does, and names the first that differs', () => {
    fc.assert(
      fc.property(instants, limits, ms, (list, asked, length) => {
        const nowMs = 12;
        const answer = countSliding(list, { ms: length, nowMs }, asked);
        const holds = within(countedAt(list, nowMs, length), asked);
        const later = Array.from({ length: 12 }, (_, step) => nowMs + 1 + step);
        const flip = later.find((at) => within(countedAt(list, at, length), asked) !== holds);
        expect(answer).toEqual({ holds, flipsAt: flip ?? null });
      }),
    );
  });

  it('leaves to others what has not happened yet', () => {
    expect(countSliding([1, 13], { ms: 5, nowMs: 12 }, { atLeast: 1, atMost: 2 })).toBeNull();
  });

  it('finds the place after equal instants', () => {
    expect([firstAfter([1, 2, 2, 3], 2), firstAfter([], 2), firstAfter([1], 5)]).toEqual([3, 0, 1]);
  });
});
