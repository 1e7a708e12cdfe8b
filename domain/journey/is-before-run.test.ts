import { describe, expect, it } from '@jest/globals';
import { isBeforeRun } from './is-before-run.ts';

const late = { occurredAt: 100, receivedAt: 300 };

describe('what happened before a run', () => {
  it('is what happened before its entering event, whenever it came in', () => {
    const run = { entry: { kind: 'event', at: 200 }, enteredAt: 210 } as const;
    expect(isBeforeRun(late, run)).toBe(true);
    expect(isBeforeRun({ ...late, occurredAt: 200 }, run)).toBe(false);
  });

  it('is, where time began the run, only what had come in by then', () => {
    for (const kind of ['becomes', 'date'] as const) {
      const run = { entry: { kind, at: 200 }, enteredAt: 210 };
      expect(isBeforeRun(late, run)).toBe(false);
      expect(isBeforeRun({ occurredAt: 100, receivedAt: 209 }, run)).toBe(true);
    }
  });
});
