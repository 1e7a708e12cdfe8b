import { describe, expect, it } from '@jest/globals';
import {
  deviceKey,
  readSubscription,
  subscriptionToken,
} from '#domain/message/push-subscription.ts';

const KEYS = { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) };
const ENDPOINT = 'https://updates.push.services.mozilla.com/wpush/v2/abc';

describe('a browser’s push subscription', () => {
  it('is kept as one text, whatever else the browser says of it', () => {
    const said = { expirationTime: null, keys: KEYS, endpoint: ENDPOINT };
    const token = subscriptionToken(said);
    expect(token).toBe(subscriptionToken({ endpoint: ENDPOINT, keys: KEYS }));
    expect(readSubscription(token ?? '')).toEqual({ endpoint: ENDPOINT, keys: KEYS });
  });

  it.each([
    ['an address without TLS', { endpoint: 'http://push.example/1', keys: KEYS }],
    ['no keys', { endpoint: ENDPOINT }],
    ['keys of another length', { endpoint: ENDPOINT, keys: { ...KEYS, auth: 'short' } }],
    ['a text', 'token'],
  ])('is none with %s', (_what, said) => {
    expect(subscriptionToken(said)).toBeNull();
  });

  it('is the same device under new keys; an app’s token is a device of its own', () => {
    const renewed = subscriptionToken({
      endpoint: ENDPOINT,
      keys: { ...KEYS, auth: 'b'.repeat(22) },
    });
    expect(deviceKey(renewed ?? '')).toBe(ENDPOINT);
    expect(deviceKey('app-token')).toBe('app-token');
    expect(readSubscription('app-token')).toBeNull();
    expect(readSubscription('{broken')).toBeNull();
  });
});
