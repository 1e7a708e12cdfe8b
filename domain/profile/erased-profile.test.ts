import { describe, expect, it } from '@jest/globals';
import { erasedProfile, isErased, NOBODY } from './erased-profile.ts';
import { after, event, identify } from './folded.example.ts';

describe('an erased profile', () => {
  it('keeps its id and place and fences its writers, and nothing else of the person', () => {
    const known = after(
      identify(1, { email: 'anna@shop.example', first_name: 'Anna' }),
      event('Looked', 2, { note: 'anna' }, { deviceToken: 'token-of-anna' }),
    );
    const erased = erasedProfile(known, 9);
    const { _id, partition, revision } = known;
    expect(erased).toMatchObject({ _id, partition, revision: revision + 1, erasedAt: 9 });
    expect(erased.mergedInto).toBe(NOBODY);
    expect([isErased(erased), isErased(known), isErased(null)]).toEqual([true, false, false]);
    expect(JSON.stringify(known)).toMatch(/anna/i);
    expect(JSON.stringify(erased)).not.toMatch(/anna/i);
  });
});
