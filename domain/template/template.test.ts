import { describe, expect, it } from '@jest/globals';
import { DomainError, type Fault } from '#domain/errors.ts';
import { parseTemplate } from './template.ts';

function faultsOf(input: unknown): readonly Fault[] {
  try {
    parseTemplate(input);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid') return error.faults;
    throw error;
  }
  return [];
}

const sms = { sms: { text: 'Hello' } };

describe('parseTemplate', () => {
  it('takes a template as the contract shows it, marketing unless said otherwise', () => {
    const template = parseTemplate({
      key: 'cart-reminder',
      topic: 'offers',
      languages: {
        en: { email: { subject: 'Your cart', html: '<p>Waiting</p>' }, ...sms },
        'ru-RU': { push: { title: 'Ещё думаете?', body: 'Ждёт', link: 'https://shop.example' } },
      },
    });
    expect(template.kind).toBe('marketing');
    expect(Object.keys(template.languages)).toEqual(['en', 'ru-RU']);
  });

  it('names every fault at once, each by its pointer', () => {
    const faults = faultsOf({
      key: 'Cart Reminder',
      kind: 'spam',
      colour: 'red',
      languages: {
        en: { email: { subject: ' ', html: '<p></p>', mjml: '<mjml></mjml>' } },
        de: {},
      },
    });
    expect(faults.map((fault) => fault.pointer)).toEqual(
      expect.arrayContaining([
        '#/key',
        '#/kind',
        '#/colour',
        '#/languages/en/email/subject',
        '#/languages/de',
      ]),
    );
    expect(faults.every((fault) => fault.detail.endsWith('.'))).toBe(true);
  });

  it('wants exactly one of mjml and html', () => {
    const both = { subject: 'A', html: '<p>a</p>', mjml: '<mjml></mjml>' };
    const pointer = '#/languages/en/email';
    expect(faultsOf({ key: 'a', languages: { en: { email: both } } })).toMatchObject([{ pointer }]);
    expect(faultsOf({ key: 'a', languages: { en: { email: { subject: 'A' } } } })).toMatchObject([
      { pointer },
    ]);
  });

  it('refuses what is no language, no language at all, NUL, lone surrogates and megabytes', () => {
    expect(faultsOf({ key: 'a', languages: { $where: sms } })).not.toEqual([]);
    expect(faultsOf(JSON.parse('{"key":"a","languages":{"__proto__":{}}}'))).not.toEqual([]);
    expect(faultsOf({ key: 'a', languages: {} })).not.toEqual([]);
    for (const text of ['a\0b', 'a\uD800b', 'x'.repeat(1_000_000)]) {
      expect(faultsOf({ key: 'a', languages: { en: { sms: { text } } } })).toMatchObject([
        { pointer: '#/languages/en/sms/text' },
      ]);
    }
  });

  it('refuses what is no object', () => {
    for (const input of [null, 7, 'text', [], [[[]]]]) expect(faultsOf(input)).not.toEqual([]);
  });
});
