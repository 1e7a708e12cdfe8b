import { describe, expect, it } from '@jest/globals';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Interest, Profile } from '#domain/profile/profile.ts';
import { changedFields } from './changed-fields.ts';

const interests: Interest[] = [
  { product: 'boots', kinds: { viewed: 1 } },
  { product: 'socks', kinds: { wishlist: 2 }, told: 3 },
];
const profile: Profile = { ...newProfile('p', 0, 1), interests };

describe('what is written of a profile', () => {
  it('is what changed, and nothing else', () => {
    expect(changedFields(profile, { ...profile, language: 'uk' })).toEqual({
      set: { language: 'uk' },
      unset: null,
    });
    expect(changedFields(profile, profile)).toEqual({ set: {}, unset: null });
  });

  it('unsets what is gone', () => {
    const { interests: _, ...without } = profile;
    expect(changedFields(profile, without)).toEqual({ set: {}, unset: { interests: '' } });
  });

  it('leaves the index of interests alone when a known product is looked at again', () => {
    const [boots, socks] = interests as [Interest, Interest];
    const again = { ...boots, kinds: { viewed: 5 } };
    const told = { ...socks, told: 4 };
    expect(changedFields(profile, { ...profile, interests: [again, told] }).set).toEqual({
      'interests.0.kinds': { viewed: 5 },
      'interests.1.told': 4,
    });
  });

  it('writes interests whole where the products are others, or something of one is gone', () => {
    const [boots, socks] = interests as [Interest, Interest];
    const others = [
      [boots],
      [boots, { ...socks, product: 'shirt' }],
      [...interests, { product: 'tent', kinds: { cart: 9 } }],
      [boots, { product: 'socks', kinds: { wishlist: 2 } }],
    ];
    for (const after of others) {
      expect(changedFields(profile, { ...profile, interests: after }).set).toEqual({
        interests: after,
      });
    }
  });

  it('finds a customer by new words of the name, and one who became part of another by none', () => {
    const named = { ...profile, attributes: { name: 'Olena' } };
    const { set } = changedFields(profile, named);
    expect(set).toHaveProperty('names');
    expect(changedFields(named, { ...named, mergedInto: 'q' }).unset).toEqual({ names: '' });
  });
});
