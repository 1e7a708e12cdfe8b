import { describe, expect, it } from '@jest/globals';
import { mayEnter } from '#domain/journey/may-enter.ts';

const NEW = { lastEntryAt: null, running: false, ever: false };
const INSIDE = { lastEntryAt: 0, running: true, ever: true };
const GONE = { lastEntryAt: 0, running: false, ever: true };
const DAY = 86_400_000;

describe('mayEnter', () => {
  it('lets everybody in the first time', () => {
    for (const rule of ['never', 'always', 'oneAtATime', { after: 'P7D' }, undefined] as const) {
      expect(mayEnter(rule, NEW, 0, 'UTC')).toBe(true);
    }
  });

  it('lets nobody in twice unless something else is said', () => {
    expect(mayEnter(undefined, GONE, DAY, 'UTC')).toBe(false);
    expect(mayEnter('never', GONE, DAY, 'UTC')).toBe(false);
  });

  it('lets people in again as the rule says', () => {
    expect(mayEnter('always', INSIDE, 0, 'UTC')).toBe(true);
    expect(mayEnter('oneAtATime', INSIDE, DAY, 'UTC')).toBe(false);
    expect(mayEnter('oneAtATime', GONE, 0, 'UTC')).toBe(true);
  });

  it('counts the cool-down from the last entry, even while a run is under way', () => {
    expect(mayEnter({ after: 'P7D' }, INSIDE, 7 * DAY - 1, 'UTC')).toBe(false);
    expect(mayEnter({ after: 'P7D' }, INSIDE, 7 * DAY, 'UTC')).toBe(true);
    expect(mayEnter({ after: 'P1M' }, GONE, 30 * DAY, 'UTC')).toBe(false);
    expect(mayEnter({ after: 'P1M' }, GONE, 31 * DAY, 'UTC')).toBe(true);
  });
});
