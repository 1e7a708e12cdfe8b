import { describe, expect, it } from '@jest/globals';
import { parseTemplate } from '#domain/template/template.ts';
import { linkWarnings } from './link-warnings.ts';

const anchor = (url: string): string => `<a href="${url}">x</a>`;

function warned(html: string, more: object = {}, sms = 'See https://shop.example'): unknown[] {
  const content = { email: { subject: 's', html }, sms: { text: sms } };
  const template = parseTemplate({ key: 'sale', ...more, languages: { en: content } });
  return linkWarnings(template, template.languages, { en: html });
}
const RAW = `{% raw %}{{ x }}{% endraw %}`;
const inMail = { pointer: '#/languages/en/email/html' };

describe('whoever publishes a template', () => {
  it('is told nothing of links that are tracked', () => {
    expect(warned(anchor('https://shop.example/{{ profile.city }}').repeat(3))).toEqual([]);
    // Nothing here would be tracked anyway.
    expect(warned(RAW)).toEqual([]);
    expect(warned(anchor('https://shop.example') + RAW, { tracking: false })).toEqual([]);
  });

  it('is told that {% raw %} has all links of a text lead on directly', () => {
    const html = anchor('https://shop.example') + RAW;
    expect(warned(html)).toMatchObject([inMail]);
    const sms = `${RAW} https://shop.example`;
    const texts = { tracking: { channels: ['sms'] } };
    expect(warned('<p>x</p>', texts, sms)).toMatchObject([{ pointer: '#/languages/en/sms/text' }]);
    expect(warned('<p>x</p>', {}, sms)).toEqual([]);
  });

  it('is told of addresses that are too long, and of more links than are counted', () => {
    expect(warned(anchor(`https://shop.example/${'x'.repeat(2_100)}`))).toMatchObject([inMail]);
    const many = anchor('https://shop.example').repeat(2_001);
    expect(warned(many)).toMatchObject([
      { pointer: '#/languages', detail: expect.stringContaining('2002 links') },
    ]);
  });
});
