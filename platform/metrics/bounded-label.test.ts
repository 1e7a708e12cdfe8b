import { describe, expect, it } from '@jest/globals';
import { boundedLabel } from './bounded-label.ts';

describe('a bounded label', () => {
  it('keeps the first values it meets and calls all later ones other', () => {
    const label = boundedLabel(2);
    expect(['a', 'b', 'c', 'a', 'd', 'b'].map(label)).toEqual([
      'a',
      'b',
      'other',
      'a',
      'other',
      'b',
    ]);
  });
});
