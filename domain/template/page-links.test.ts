import { describe, expect, it } from '@jest/globals';
import { isPageLink, linksBeside } from './page-links.ts';

it('the links of a message carry one token', () => {
  expect(linksBeside('https://kairos.example/v1/unsubscribe/a.b')).toEqual({
    unsubscribe: 'https://kairos.example/v1/unsubscribe/a.b',
    preferences: 'https://kairos.example/v1/preferences/a.b',
    confirm: 'https://kairos.example/v1/confirm/a.b',
  });
});

describe('the links of a message to pages of ours', () => {
  it.each(['https://kairos.example', 'https://kairos.example/', 'https://shop.example/kairos/'])(
    'are known below %s, however they came into the message',
    (publicUrl) => {
      const base = publicUrl.replace(/\/$/, '');
      const links = Object.values(linksBeside(`${base}/v1/unsubscribe/x.y`));
      expect(links).toHaveLength(3);
      for (const link of links) expect(isPageLink(`${link}?utm_source=mail`, publicUrl)).toBe(true);
      const others = [
        'https://shop.example/v1/unsubscribe/x.y',
        `${base}/l/x.y`,
        `${base}/v1/unsubscribers/x`,
        `https://evil.example/?to=${base}/v1/unsubscribe/x.y`,
        '/v1/unsubscribe/x.y',
      ];
      for (const link of others) expect(isPageLink(link, publicUrl)).toBe(false);
    },
  );
});
