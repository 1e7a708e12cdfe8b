import { describe, expect, it } from '@jest/globals';
import { hostsToldIn } from './told-hosts.ts';

const properties = {
  url: 'https://shop.example/cart',
  products: [{ url: 'https://goods.example/1?a=b' }, { url: 'https://goods.example/2' }],
  // Somebody's words that hold an address are no address.
  note: 'see https://evil.example/x',
  price: 5,
  nothing: null,
};
const event = { id: 'e', name: 'Cart Viewed', occurredAt: 1, receivedAt: 1, properties };

describe('the hosts that the beginning of a run tells', () => {
  it('are those of its addresses, where the shop said them', () => {
    expect(hostsToldIn({ event, properties })).toEqual(['shop.example', 'goods.example']);
    expect(hostsToldIn({ event: null, properties })).toHaveLength(2);
  });

  it('are none where a browser said them', () => {
    expect(hostsToldIn({ event: { ...event, byBrowser: true }, properties })).toEqual([]);
  });
});
