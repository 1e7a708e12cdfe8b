import { describe, expect, it } from '@jest/globals';
import { begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { walk } from '#domain/journey/simulate-run.ts';

const JOURNEY = journeyWith('worth', {
  worth: {
    branch: [
      { when: { trait: 'orders_count', gte: 10 }, next: 'gold' },
      { when: { trait: 'orders_count', gte: 3 }, next: 'silver' },
      { else: true, next: 'leave' },
    ],
  },
  gold: { end: 'gold' },
  silver: { end: 'silver' },
  leave: { end: 'none' },
});

describe('branch', () => {
  it('asks which case holds', () => {
    expect(begin(JOURNEY, 0).effect).toEqual({ do: 'decide' });
  });

  it.each([
    [0, 'worth:gold -> gold:gold'],
    [1, 'worth:silver -> silver:silver'],
    [2, 'worth:else -> leave:none'],
    [3, 'worth:else -> leave:none'],
    [-1, 'worth:else -> leave:none'],
    [0.5, 'worth:else -> leave:none'],
  ])('goes the way of the answer %d', (index, path) => {
    expect(walk(JOURNEY, { onDecide: () => index }).path).toBe(path);
  });

  it('needs an else, and needs it last', () => {
    const faultsOf = (branch: unknown[]) => {
      const steps = { worth: { branch }, leave: { end: 'none' } };
      const frame = { key: 'k', name: 'n', entry: { api: true }, start: 'worth' };
      const parsed = parseJourney({ ...frame, steps });
      return parsed.ok ? [] : parsed.faults.map((fault) => fault.pointer);
    };
    const some = { when: { trait: 'orders_count', gte: 1 }, next: 'leave' };
    const others = { else: true, next: 'leave' };
    expect(faultsOf([some, others])).toEqual([]);
    expect(faultsOf([some])).toEqual(['#/steps/worth/branch']);
    expect(faultsOf([others, some])).toEqual(['#/steps/worth/branch/0/else']);
    expect(faultsOf([{ ...others, else: false }])).toEqual(['#/steps/worth/branch/0/else']);
    expect(faultsOf([])).toContain('#/steps/worth/branch');
  });
});
