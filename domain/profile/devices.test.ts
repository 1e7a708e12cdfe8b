import { describe, expect, it } from '@jest/globals';
import { addressOf } from '#domain/message/address.ts';
import { subscriptionToken } from '#domain/message/push-subscription.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { forgetDevice, rememberDevice } from '#domain/profile/seen.ts';

const browser = (auth: string): string =>
  subscriptionToken({
    endpoint: 'https://push.example/1',
    keys: { p256dh: 'B'.repeat(87), auth: auth.repeat(22) },
  }) ?? '';

/** Somebody whose devices were seen one after the other, at 1, 2, 3 … */
const seen = (...tokens: string[]): Profile =>
  tokens.reduce(
    (profile, token, index) => rememberDevice(profile, token, index + 1),
    newProfile('p', 0, 0),
  );

describe('the devices of a person', () => {
  it('take a browser’s new keys in the place of its old ones', () => {
    const profile = seen(browser('a'), 'phone', browser('b'));
    expect(profile.devices).toEqual([
      { token: browser('b'), at: 3 },
      { token: 'phone', at: 2 },
    ]);
  });

  it('are addresses of their own kind each: the app’s for push, the browser’s for web push', () => {
    const profile = seen(browser('a'), 'old-phone', 'phone');
    expect(addressOf(profile, 'push')).toBe('phone');
    expect(addressOf(profile, 'web-push')).toBe(browser('a'));
    expect(addressOf(seen('phone'), 'web-push')).toBeNull();
  });

  it('leave when they are gone, unless they were seen since', () => {
    const profile = seen(browser('a'), 'phone');
    expect(forgetDevice(profile, browser('b'), 5).devices).toEqual([{ token: 'phone', at: 2 }]);
    expect(forgetDevice(profile, 'phone', 1)).toBe(profile);
  });
});
