import { describe, expect, it } from '@jest/globals';
import { decodeHtml } from './decode-html.ts';
import { linksAsRead, linksInSource } from './text-links.ts';

describe('links in a text', () => {
  it('end before what ends their sentence, in a template and as read', () => {
    const text = 'See https://shop.example/a?b=c. Or (http://shop.example/x)!';
    for (const links of [linksInSource(text), linksAsRead(text)]) {
      expect(links.map(({ url }) => url)).toEqual([
        ...['https://shop.example/a?b=c', 'http://shop.example/x'],
      ]);
      expect(links.map(({ at }) => text.slice(...at))).toEqual(links.map(({ url }) => url));
    }
  });

  it('hold Liquid in a template; as read they may be broken, or an app’s own', () => {
    expect(linksInSource('{{ entry.properties.url }}, shop://cart, https:// x')).toMatchObject([
      { url: '{{ entry.properties.url }}' },
    ]);
    expect(linksAsRead('shop://cart/1 and https:// x').map(({ url }) => url)).toEqual([
      ...['shop://cart/1', 'https://'],
    ]);
  });
});

describe('an attribute’s text', () => {
  it('is read as HTML and Liquid write it, by whoever asks', () => {
    expect(decodeHtml('?a=1&amp;b=&quot;2&quot;&#39;&#x2F;&apos;&lt;&gt;')).toBe(
      '?a=1&b="2"\'/\'<>',
    );
    expect(decodeHtml('&nbsp;&#0;&')).toBe('&nbsp;&#0;&');
  });
});
