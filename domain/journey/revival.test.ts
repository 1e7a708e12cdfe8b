import { describe, expect, it } from '@jest/globals';
import { nextRevival, REVIVALS_MAX, type Revival } from '#domain/journey/revival.ts';

const MINUTE = 60_000;

function revived(last: Revival | null, failedAt: number): Revival {
  const next = nextRevival(last, failedAt, failedAt);
  if (typeof next === 'string') throw new Error(next);
  return next;
}

describe('a run whose workflow failed', () => {
  it('goes on at once the first time', () => {
    expect(nextRevival(null, 1_000, 1_500)).toEqual({ count: 1, failedAt: 1_000, startAt: 1_500 });
  });

  it('goes on after longer and longer pauses, up to an hour, and is given up after ten', () => {
    let last = revived(null, 0);
    const pauses: number[] = [];
    for (let count = 2; count <= REVIVALS_MAX; count += 1) {
      last = revived(last, last.startAt + 1);
      pauses.push((last.startAt - last.failedAt) / MINUTE);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(nextRevival(last, last.startAt + 1, last.startAt + 1)).toBe('hopeless');
  });

  it('is not revived again for a failure that was answered', () => {
    const last = { count: 2, failedAt: 1_000, startAt: 61_000 };
    expect(nextRevival(last, 1_000, 90_000)).toBe('answered');
    expect(nextRevival(last, 999, 90_000)).toBe('answered');
  });

  it('counts anew when it has gone on for more than a day', () => {
    const last = { count: REVIVALS_MAX, failedAt: 0, startAt: 0 };
    expect(revived(last, 24 * 60 * MINUTE + 1).count).toBe(1);
  });
});
