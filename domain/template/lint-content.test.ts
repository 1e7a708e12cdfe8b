import { describe, expect, it } from '@jest/globals';
import { lintContent, type LintedContent, type LintRule } from './lint-content.ts';

const LEAVE = 'https://k.example/u?a=1&b=2';
const FOOT = '<a href="https://k.example/u?a=1&amp;b=2">Unsubscribe</a>';

function rulesOf(content: LintedContent['content'], isMarketing = true): LintRule[] {
  return lintContent({ content, isMarketing, unsubscribe: LEAVE }).map(({ rule }) => rule);
}
const mail = (html: string, text = 'Hello there'): LintedContent['content'] => ({
  ...{ channel: 'email', subject: 'Hi', html, text },
});

describe('lintContent', () => {
  it('finds nothing in a good message', () => {
    expect(
      rulesOf(mail(`<p><a href="https://s.example/x?a=1">x</a><a href="#top">^</a></p>${FOOT}`)),
    ).toEqual([]);
    expect(rulesOf({ channel: 'sms', text: 'Hello: https://s.example/x' })).toEqual([]);
    expect(rulesOf({ channel: 'push', title: 'a', body: 'b', link: 'shop://cart/1' })).toEqual([]);
  });

  it('finds links that open nothing in pictures and buttons', () => {
    const shown = { title: 'a', body: 'b', link: 'https://s.example', image: '/a.png' };
    expect(rulesOf({ channel: 'web-push', ...shown })).toEqual(['brokenLink']);
    const button = { title: 'a', link: 's.example' };
    expect(rulesOf({ channel: 'viber', text: 'https://', button })).toEqual([
      'brokenLink',
      'brokenLink',
    ]);
  });

  it('finds mails that are cut off, without words, or cannot be left', () => {
    expect(rulesOf(mail(`<p>${'x'.repeat(110_000)}</p>${FOOT}`))).toEqual(['largeMail']);
    expect(rulesOf(mail(FOOT, '[https://s.example/a.png]'))).toEqual(['noTextPart']);
    expect(rulesOf(mail('<p>x</p>'))).toEqual(['noUnsubscribe']);
    expect(rulesOf(mail('<p>x</p>'), false)).toEqual([]);
  });

  it.each([
    '',
    's.example/x',
    'https://',
    'https://a b.example',
    'javascript:alert(1)',
    '/cart',
    'https://s..example',
    'https://s.example/{{ x }}',
  ])('finds that the link “%s” opens nothing', (link) => {
    expect(rulesOf(mail(`<a class="b" href='${link}'>x</a>${FOOT}`))).toEqual(['brokenLink']);
  });

  it('finds an SMS that is paid for more than once, and why', () => {
    const [found] = lintContent({
      content: { channel: 'sms', text: `${'x'.repeat(100)} – y` },
      isMarketing: true,
      unsubscribe: LEAVE,
    });
    expect(found).toEqual({
      rule: 'longSms',
      detail: 'It is paid 2 times: 2 segments of UCS-2 (because of “–”).',
    });
  });

  it.each(['sms', 'viber'] as const)('finds a text by %s that its provider refuses', (channel) => {
    const rules = (characters: number, maxLength: number | null): LintRule[] => {
      const content = { channel, text: 'x'.repeat(characters) };
      const found = lintContent({ content, isMarketing: true, unsubscribe: LEAVE, maxLength });
      return found.map(({ rule }) => rule).filter((rule) => rule !== 'longSms');
    };
    expect(rules(1_000, 1_000)).toEqual([]);
    expect(rules(1_001, 1_000)).toEqual(['tooLong']);
    expect(rules(1_001, null)).toEqual([]);
  });

  it('counts an SMS as it goes out, and says what its provider takes', () => {
    const one = { isMarketing: true, unsubscribe: LEAVE, maxLength: 100 };
    const content = { channel: 'sms', text: 'x'.repeat(101) } as const;
    expect(lintContent({ ...one, content, sent: 'x'.repeat(100) })).toEqual([]);
    expect(lintContent({ ...one, content })).toEqual([
      {
        rule: 'tooLong',
        detail: 'It is longer than the 100 characters that the provider takes: it is refused.',
      },
    ]);
  });
});
