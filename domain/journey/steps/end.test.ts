import { describe, expect, it } from '@jest/globals';
import { advance, begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';

const JOURNEY = journeyWith('leave', { leave: { end: 'done' } });
const ENTRY = { kind: 'api', id: 'a', at: 0, event: null, properties: {} } as const;

describe('end', () => {
  it('completes the run with its outcome', () => {
    const { effect, walked } = begin(JOURNEY, 5);
    expect(effect).toEqual({ do: 'end', status: 'completed', outcome: 'done' });
    expect(walked).toEqual([{ step: 'leave', at: 5, outcome: 'done' }]);
  });

  it('stays the end, whatever happens later', () => {
    const { state, effect } = begin(JOURNEY, 5);
    const later = advance(
      JOURNEY,
      state,
      { kind: 'stopped', at: 9 },
      { entry: ENTRY, zone: 'UTC' },
    );
    expect(later).toEqual({ state, effect, walked: [] });
  });
});
