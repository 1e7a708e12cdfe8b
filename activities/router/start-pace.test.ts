import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StartPace } from './start-pace.ts';

const LIMIT = 40;

describe('Starts of runs keep pace with this process', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Begins so many starts; answers the ids that were begun so far. */
  function begin(pace: StartPace, count: number, isEager: boolean): string[] {
    const begun: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const id = `r${String(at)}`;
      void pace.start(id, () => {
        begun.push(id);
        return Promise.resolve({ isEager });
      });
    }
    return begun;
  }

  it('one more start waits until a first task is done', async () => {
    const pace = new StartPace();
    const begun = begin(pace, LIMIT + 2, true);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(LIMIT);
    pace.done('r7');
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(LIMIT + 1);
    // Nobody's turn comes twice for one task.
    pace.done('r7');
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(LIMIT + 1);
  });

  it('first tasks that went to another process are not waited for', async () => {
    const begun = begin(new StartPace(), 3 * LIMIT, false);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(3 * LIMIT);
  });

  it('a start that fails gives its turn to the next', async () => {
    const pace = new StartPace();
    const failing = Array.from({ length: LIMIT }, (_, at) =>
      pace.start(`f${String(at)}`, () => Promise.reject(new Error('away'))),
    );
    const begun = begin(pace, 1, true);
    await Promise.allSettled(failing);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['r0']);
  });

  it('tasks that are never done hold starts up for a second, and are forgotten', async () => {
    const pace = new StartPace();
    const begun = begin(pace, 2 * LIMIT, true);
    await jest.advanceTimersByTimeAsync(999);
    expect(begun).toHaveLength(LIMIT);
    await jest.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(2 * LIMIT);
    await jest.advanceTimersByTimeAsync(10_000);
    const later = begin(pace, LIMIT, true);
    await jest.advanceTimersByTimeAsync(0);
    expect(later).toHaveLength(LIMIT);
  });
});
