import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '#domain/time/duration.ts';
import { type EndedRun, runKeptUntil } from './run-kept-until.ts';

const kept = (run: Partial<EndedRun>): number | null => {
  const until = runKeptUntil({
    reentry: 'always',
    entry: 'event',
    enteredAt: 0,
    endedAt: 10 * DAY_MS,
    goalUntil: null,
    keptMs: 400 * DAY_MS,
    zone: 'UTC',
    ...run,
  });
  return until === null ? null : until / DAY_MS;
};

describe('an ended run', () => {
  it('is kept for the retention from its end', () => {
    expect(kept({})).toBe(410);
    expect(kept({ reentry: 'oneAtATime' })).toBe(410);
    expect(kept({ keptMs: null })).toBeNull();
  });

  it('stays while somebody could ask it whether its customer may come in again', () => {
    expect(kept({ reentry: 'never' })).toBeNull();
    expect(kept({ reentry: undefined })).toBeNull();
    expect(kept({ reentry: { after: 'P2Y' } })).toBe(730);
    expect(kept({ reentry: { after: 'P7D' } })).toBe(410);
  });

  it('of a birthday stays until the year is over', () => {
    expect(kept({ reentry: undefined, entry: 'date' })).toBe(410);
    expect(kept({ reentry: 'never', entry: 'date', keptMs: 30 * DAY_MS })).toBe(367);
  });

  it('stays while its goal can still be reached', () => {
    expect(kept({ goalUntil: 500 * DAY_MS })).toBe(500);
  });
});
