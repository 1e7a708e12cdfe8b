import { describe, expect, it } from '@jest/globals';
import { passedOn } from '#domain/profile/passed-devices.ts';

const subscription = (key: string): string =>
  JSON.stringify({
    endpoint: 'https://push.example/browser',
    keys: { p256dh: key.repeat(87), auth: 'a'.repeat(22) },
  });

describe('a device that several people have', () => {
  it('is with whoever it was seen with last, and with nobody else', () => {
    const holders = [
      { profileId: 'ann', token: 'phone', at: 1_000 },
      { profileId: 'bob', token: 'phone', at: 3_000 },
      { profileId: 'cid', token: 'phone', at: 2_000 },
      { profileId: 'ann', token: 'tablet', at: 9_000 },
    ];
    expect(passedOn(holders)).toEqual([
      { profileId: 'ann', token: 'phone', at: 2_999 },
      { profileId: 'cid', token: 'phone', at: 2_999 },
    ]);
    expect(passedOn(holders.toReversed()).map(({ profileId }) => profileId)).toEqual([
      'cid',
      'ann',
    ]);
  });

  it('is one person’s, too, where two were seen with it in one instant', () => {
    const holders = [
      { profileId: 'ann', token: 'phone', at: 1_000 },
      { profileId: 'bob', token: 'phone', at: 1_000 },
    ];
    expect(passedOn(holders)).toEqual([{ profileId: 'ann', token: 'phone', at: 1_000 }]);
    expect(passedOn(holders.toReversed())).toEqual(passedOn(holders));
  });

  it('is one browser, though its keys were made anew', () => {
    const holders = [
      { profileId: 'ann', token: subscription('a'), at: 1_000 },
      { profileId: 'bob', token: subscription('b'), at: 2_000 },
    ];
    expect(passedOn(holders)).toEqual([{ profileId: 'ann', token: subscription('a'), at: 1_999 }]);
  });
});
