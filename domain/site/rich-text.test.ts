import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeRichText, readRichText, safeImage, safeLink, type Inline } from './rich-text.ts';

const inlineOf = (text: string): Inline[] => {
  const [block] = readRichText(text);
  return block !== undefined && 'paragraph' in block ? block.paragraph : [];
};

describe('the little markup of what pages show', () => {
  it('has paragraphs, lists, strong and emphasised words and links', () => {
    expect(readRichText('Hello *you*,\n\n- one\n- **two**\n\n[All](/sale) of it')).toEqual([
      { paragraph: [{ text: 'Hello ' }, { emphasis: 'you' }, { text: ',' }] },
      { list: [[{ text: 'one' }], [{ strong: 'two' }]] },
      { paragraph: [{ link: '/sale', text: 'All' }, { text: ' of it' }] },
    ]);
  });

  it('takes HTML for the words it is', () => {
    expect(inlineOf('<img src=x onerror=alert(1)>')).toEqual([
      { text: '<img src=x onerror=alert(1)>' },
    ]);
  });

  it('leaves only the words of a link that leads nowhere a page may lead to', () => {
    expect(inlineOf('[click](javascript:alert`1`)')).toEqual([{ text: 'click' }]);
  });

  it('is none in what somebody else wrote, alone or amid what the shop writes', () => {
    const inside = (name: string): string => escapeRichText(name);
    expect(inlineOf(`Hello ${inside('[Confirm](https://evil.example)')}!`)).toEqual([
      { text: 'Hello [Confirm](https://evil.example)!' },
    ]);
    expect(inlineOf(`**${inside('2 * 3')}** ${inside('*x*')}`)).toEqual([
      { strong: '2 * 3' },
      { text: ' *x*' },
    ]);
    expect(inlineOf(`[${inside('a]b')}](/cart)`)).toEqual([{ link: '/cart', text: 'a]b' }]);
    const parts = [inside('[Win'), inside('](https://evil.example)')];
    expect(inlineOf(parts.join(' '))).toEqual([{ text: '[Win ](https://evil.example)' }]);
    expect(readRichText(inside('- one\n- two'))).toEqual([
      { paragraph: [{ text: '- one\n- two' }] },
    ]);
  });

  it('shows what was escaped as it was, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z*[\]()\\ -]{0,60}$/), (text) => {
        const shown = readRichText(`${escapeRichText(text)}.`);
        expect(shown).toEqual([{ paragraph: [{ text: `${text}.`.trim() }] }]);
      }),
    );
  });

  it('loses no word, whatever is written', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z*[\]()_ -]{0,60}$/), (text) => {
        const words = (value: string): string => value.replace(/[^a-z]/g, '');
        const kept = readRichText(text)
          .flatMap((block) => ('list' in block ? block.list.flat() : block.paragraph))
          .map((part) => Object.values(part).join(''))
          .join('');
        for (const word of words(text)) expect(kept).toContain(word);
      }),
    );
  });
});

describe('an address that a page may lead to', () => {
  it.each([
    ['https://shop.example/a?b=c#d', 'https://shop.example/a?b=c#d'],
    ['/cart', '/cart'],
    ['#top', '#top'],
    ['mailto:shop@kairos.example', 'mailto:shop@kairos.example'],
    ['  https://shop.example  ', 'https://shop.example'],
  ])('%s', (address, expected) => {
    expect(safeLink(address)).toBe(expected);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    '\u0000javascript:alert(1)',
    '\u200bjavascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example/x',
    '/\\evil.example',
    'cart',
    '',
  ])('is not %j', (address) => {
    expect(safeLink(address)).toBeNull();
  });

  it('is fetched as a picture only over https, or from the shop itself', () => {
    expect(safeImage('https://shop.example/a.jpg')).toBe('https://shop.example/a.jpg');
    expect(safeImage('/a.jpg')).toBe('/a.jpg');
    for (const bad of ['http://shop.example/a.jpg', 'data:image/png;base64,x', 'tel:1', '?a']) {
      expect(safeImage(bad)).toBeNull();
    }
  });
});
