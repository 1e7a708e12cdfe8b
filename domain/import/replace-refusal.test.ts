import { describe, expect, it } from '@jest/globals';
import { replaceRefusal } from './replace-refusal.ts';

describe('A file that is to replace a list', () => {
  it('may where more than half of its rows are hashes', () => {
    expect(replaceRefusal({ accepted: 2, rejected: 1 })).toBeNull();
    expect(replaceRefusal({ accepted: 1, rejected: 0 })).toBeNull();
  });

  it('is refused with what was done, why, and what to do', () => {
    const refusal = replaceRefusal({ accepted: 2, rejected: 2 });
    expect(refusal).toMatch(
      /^Nothing was changed: nobody came into the list or was taken off it\./,
    );
    expect(refusal).toContain('Only 2 of its 4 rows are hashes; ');
    expect(refusal).toContain('or say `mode=add`');
    expect(replaceRefusal({ accepted: 1, rejected: 2 })).toContain(
      'Only 1 of its 3 rows is a hash',
    );
  });

  it('without one hash is not told to add what there is', () => {
    const none = replaceRefusal({ accepted: 0, rejected: 3 });
    expect(none).toContain('None of its 3 rows is a hash; ');
    expect(none).not.toContain('mode=add');
    expect(replaceRefusal({ accepted: 0, rejected: 1 })).toContain('Its only row is no hash; ');
    const empty = replaceRefusal({ accepted: 0, rejected: 0 });
    expect(empty).toContain('The file has no row that is a hash of an e-mail; ');
    expect(empty).not.toContain('The errors say');
  });
});
